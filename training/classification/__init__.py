"""Classifiers of pictures with L2 regularisation."""
