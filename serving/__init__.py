"""Serve registered models over HTTP: functions with their derivatives.

Nothing here knows how a model was trained: the model registry is the only thing that the two share.
"""
