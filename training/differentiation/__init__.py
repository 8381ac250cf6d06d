"""Finite differences of a function and its fit beside the exact derivatives."""
