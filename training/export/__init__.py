"""Registered models: ONNX graphs that any runtime can serve."""
