"""The precision of products: bfloat16 where the processor is faster with it, else float32."""

from typing import Literal

import torch

Precision = Literal["32-true", "bf16-mixed"]


def fastest() -> Precision:
    """The precision for the accelerator that Lightning takes by itself."""
    if torch.cuda.is_available():
        return "bf16-mixed" if torch.cuda.get_device_capability() >= (8, 0) else "32-true"
    if torch.backends.mps.is_available():
        return "32-true"
    return "bf16-mixed" if _has_tiles() else "32-true"


def _has_tiles() -> bool:
    """Whether a CPU multiplies tiles of bfloat16 (AMX)."""
    asked = getattr(torch.cpu, "_is_amx_tile_supported", None)
    return bool(asked and asked())
