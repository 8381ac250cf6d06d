"""The requests and answers of UM-Bridge's protocol 1.0.

A function of d variables with m outputs has one input, a vector of d numbers, and one output, a vector of m.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from serving.api.schemas import Choice, Whole
from serving.api.validation import FailsFast

Vector = Annotated[list[FiniteFloat], FailsFast()]
Vectors = Annotated[list[Vector], FailsFast()]
# There is one of each.
Only = Annotated[Whole, Field(ge=0, le=0)]
_X, _SENS, _VEC = [[0.5]], [1.0], [1.0]


class Config(Choice):
    """Which version answers, and whether it answers outside the domain of its fit."""

    model_config = ConfigDict(extra="forbid")

    extrapolate: bool = Field(True, description="answer points outside the domain, with a warning; else InvalidInput")


class ModelQuestion(BaseModel):
    """A question about a function; the answer does not depend on the config, unless it names a version."""

    name: str = Field(examples=["gaussian"])
    config: Config = Config()


class Evaluate(ModelQuestion):
    """The value at a point."""

    input: Vectors = Field(description="one vector, of a number for each variable", examples=[_X])


class Gradient(Evaluate):
    """The gradient of sens · f at a point."""

    outWrt: Only = 0  # noqa: N815
    inWrt: Only = 0  # noqa: N815
    sens: Vector = Field(description="a number for each output", examples=[_SENS])


class ApplyJacobian(Evaluate):
    """The Jacobian at a point, times vec."""

    outWrt: Only = 0  # noqa: N815
    inWrt: Only = 0  # noqa: N815
    vec: Vector = Field(description="a number for each variable", examples=[_VEC])


class ApplyHessian(Evaluate):
    """The Hessian of sens · f at a point, times vec."""

    outWrt: Only = 0  # noqa: N815
    inWrt1: Only = 0  # noqa: N815
    inWrt2: Only = 0  # noqa: N815
    sens: Vector = Field(description="a number for each output", examples=[_SENS])
    vec: Vector = Field(description="a number for each variable", examples=[_VEC])


class Info(BaseModel):
    """The service, and the functions that it serves."""

    protocolVersion: float = 1.0  # noqa: N815
    models: list[str]


class Support(BaseModel):
    """Which actions a function has; these by its highest derivative."""

    Evaluate: bool
    Gradient: bool
    ApplyJacobian: bool
    ApplyHessian: bool


class ModelInfo(BaseModel):
    """What a function can be asked."""

    support: Support


class InputSizes(BaseModel):
    """The length of each input."""

    inputSizes: list[int]  # noqa: N815


class OutputSizes(BaseModel):
    """The length of each output."""

    outputSizes: list[int]  # noqa: N815


class Values(BaseModel):
    """The output vectors; warnings, where there are any, say what not to trust."""

    output: list[list[float]]
    warnings: list[str] | None = None


class Product(BaseModel):
    """A product with a derivative; warnings, where there are any, say what not to trust."""

    output: list[float]
    warnings: list[str] | None = None


class Fault(BaseModel):
    """What went wrong."""

    type: Literal["ModelNotFound", "InvalidInput", "UnsupportedFeature", "InvalidOutput"] | str
    message: str


class Failure(BaseModel):
    """Why a request was not answered, as the protocol says it."""

    error: Fault
