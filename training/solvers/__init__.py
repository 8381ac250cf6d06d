"""Optimizers that are no gradient descent."""
