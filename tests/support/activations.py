"""The activations as they are defined, for real numbers of any precision and in torch."""

from typing import Any

import mpmath as _mpmath
import torch

mpmath: Any = _mpmath  # it has no types

# Written from the definitions, for real numbers of any precision.
DEFINITIONS: dict[str, Any] = {
    "tanh": mpmath.tanh,
    "sin": mpmath.sin,
    "sigmoid": lambda u: 1 / (1 + mpmath.exp(-u)),
    "silu": lambda u: u / (1 + mpmath.exp(-u)),
    "gelu": lambda u: u / 2 * (1 + mpmath.tanh(mpmath.sqrt(2 / mpmath.pi) * (u + mpmath.mpf("0.044715") * u**3))),
    "softplus": lambda u: mpmath.log(1 + mpmath.exp(u)),
    "gaussian": lambda u: mpmath.exp(-(u**2)),
    "relu": lambda u: u if u > 0 else mpmath.mpf(0),
}
TORCH: dict[str, Any] = {
    "tanh": torch.tanh,
    "sin": torch.sin,
    "sigmoid": torch.sigmoid,
    "silu": torch.nn.functional.silu,
    "gelu": lambda u: torch.nn.functional.gelu(u, approximate="tanh"),
    "softplus": torch.nn.functional.softplus,
    "gaussian": lambda u: torch.exp(-(u**2)),
    "relu": torch.relu,
}
