"""The activations of hidden layers by name, for whoever needs no more of them: training.models.jets computes them."""

NAMES = ("tanh", "sin", "sigmoid", "silu", "gelu", "softplus", "gaussian", "relu")
