"""A small convolutional network that classifies pictures, trained in Lightning's ordinary way."""
