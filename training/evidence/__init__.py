"""Fits of noisy data, regularised by the evidence of the data, with bands."""
