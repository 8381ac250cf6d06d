"""Fit functions with small neural networks, log every fit to MLflow and register it.

Nothing here knows the service: the model registry is the only thing that the two share.
"""
