"""Classifiers on the features of a network that has seen a million other pictures."""
