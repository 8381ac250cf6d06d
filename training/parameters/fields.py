"""Types of parameters that several commands have."""

from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode

from training.parameters.command_line import AUTO

# More is a mistake rather than a small network: a layer of 4,096 x 4,096 takes 128 MiB.
MAX_HIDDEN_SIZE = 4_096
MAX_HIDDEN_LAYERS = 16


def split(value: object) -> object:
    """The parts of a value that is written with commas."""
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def _hidden_sizes(value: object) -> object:
    """The sizes of layers that are written with commas; none for `auto`."""
    return () if value == AUTO else split(value)


HiddenSize = Annotated[int, Field(ge=1, le=MAX_HIDDEN_SIZE)]
HiddenSizes = Annotated[
    tuple[HiddenSize, ...],
    NoDecode,
    BeforeValidator(_hidden_sizes),
    Field(max_length=MAX_HIDDEN_LAYERS),
]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
