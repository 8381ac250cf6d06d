"""What goes over the wire."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from serving.classifiers import Classifier
from serving.models import Function

Point = Annotated[FiniteFloat, Field(description="where to evaluate")]
Order = Annotated[int, Field(ge=0, description="order of a derivative; 0 is the function")]


class Evaluate(BaseModel):
    """Where to evaluate, and which derivatives."""

    model_config = ConfigDict(extra="forbid")

    x: list[Point] = Field(min_length=1)
    orders: list[Order] = Field([0], min_length=1, description="orders of the derivatives")


class Served(BaseModel):
    """The version that answered."""

    name: str
    version: int
    alias: str
    run_id: str

    @classmethod
    def of(cls, model: Function | Classifier) -> "Served":
        version = model.version
        return cls(name=version.name, version=version.version, alias=version.alias, run_id=version.run_id)


class Model(Served):
    """A served version and what it says of itself."""

    kind: str
    target: str
    domain: tuple[float, float]
    activation: str
    orders: list[int]
    errors: dict[str, float]
    condition: float | None
    rounding: float | None
    warnings: list[str]
    bands: list[int]

    @classmethod
    def of(cls, function: Function) -> "Model":  # type: ignore[override]
        described = function.metadata.model_dump(exclude={"example"})
        return cls(**Served.of(function).model_dump(), **described)


class Evaluation(BaseModel):
    """The derivatives, by order, at every x; null where a value is beyond float64.

    A fit of noisy data also has the standard deviations of orders 0 to 2: the function lies within two of them of the
    fit, at a given x, with a probability of 95 %.
    """

    model: Served
    x: list[float]
    derivatives: dict[int, list[float | None]]
    standard_deviations: dict[int, list[float | None]] | None = None
    in_domain: list[bool]
    warnings: list[str]


class Health(BaseModel):
    """The state of the service."""

    status: str


class Problem(BaseModel):
    """Why a request was not answered."""

    detail: str
