"""What goes over the wire, to and from functions."""

from math import isfinite
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat, model_validator

from serving.api.validation import FailsFast
from serving.models.functions import Function
from serving.models.loading import ServedModel
from serving.models.logged_model import Version

# For data over time; what has numbers as x has neither.
Origin = Annotated[
    str | None,
    Field(exclude_if=lambda value: value is None, description="the time that x = 0 stands for, of data over time"),
]
Unit = Annotated[str | None, Field(exclude_if=lambda value: value is None, description="unit of x, of data over time")]
Point = Annotated[FiniteFloat, Field(description="where to evaluate")]
Whole = Annotated[int, BeforeValidator(lambda value: int(value) if _is_whole(value) else value)]
Order = Annotated[Whole, Field(ge=0, description="order of a derivative; 0 is the function")]
Values = dict[int, list[float | None]]


# More than any model has; each of them is looked at.
_MOST_ORDERS = 64


def _is_whole(value: object) -> bool:
    """Whether it is a float without a fraction, as some languages write whole numbers in JSON."""
    return isinstance(value, float) and value.is_integer()


class EvaluationOptions(BaseModel):
    """Which derivatives, and what beside them."""

    model_config = ConfigDict(extra="forbid")

    # A tuple: pydantic would make a deep copy of a list each time.
    orders: Annotated[tuple[Order, ...], FailsFast()] = Field(
        (0,),
        min_length=1,
        max_length=_MOST_ORDERS,
        description="Orders of the derivatives; 0 is the function itself",
        examples=[[0, 1, 2]],
    )
    method: Literal["exact", "finite-difference"] = Field(
        "exact",
        description="`finite-difference` answers the study's finite differences of orders 1 and 2 as well",
        examples=["exact"],
    )
    step: FiniteFloat = Field(1e-3, gt=0, description="Step h of the finite differences", examples=[1e-3])
    truth: bool = Field(
        False, description="Also answer the function that was fitted, where it is known", examples=[False]
    )


class Evaluate(EvaluationOptions):
    """Where to evaluate, by x or by linspace, and which derivatives."""

    x: Annotated[list[Point], FailsFast()] | None = Field(
        None, min_length=1, description="Points, unless `linspace` gives them", examples=[[0.5]]
    )
    linspace: tuple[FiniteFloat, FiniteFloat, Annotated[Whole, Field(ge=1)]] | None = Field(
        None, description="a, b, n: n equally spaced points from a to b, instead of `x`", examples=[[-1, 1, 5]]
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.x is None and self.linspace is None:
            raise ValueError("Field required: either x or linspace")
        if self.x is not None and self.linspace is not None:
            raise ValueError("give either x or linspace, not both")
        return self


class Choice(BaseModel):
    """Which version answers: the served one, unless a version or an alias is named."""

    version: int | None = Field(
        None, ge=1, le=2**31 - 1, description="Number of the version that answers", examples=[1]
    )
    alias: str | None = Field(
        None, min_length=1, max_length=256, description="Alias of the version that answers", examples=["champion"]
    )

    @model_validator(mode="after")
    def _at_most_one(self) -> Self:
        if self.version is not None and self.alias is not None:
            raise ValueError("give either version or alias, not both")
        return self


class Served(BaseModel):
    """The version that answered; its alias, if it was found by one."""

    name: str
    version: int
    alias: str | None
    run_id: str

    @classmethod
    def of(cls, model: ServedModel) -> "Served":
        return cls(**described(model.version))


def described(version: Version) -> dict[str, str | int | None]:
    """A version as a client sees it."""
    return {"name": version.name, "version": version.version, "alias": version.alias, "run_id": version.run_id}


class Model(Served):
    """A served version and what it says of itself."""

    kind: Literal["function"]
    target: str
    domain: tuple[float, float]
    activation: str
    orders: list[int]
    errors: dict[str, float | None] = Field(description="null where they are not known")
    condition: float | None
    rounding: float | None
    warnings: list[str]
    bands: list[int]
    x_name: str = Field(description="what x is called: by its column, or as the variable of an expression")
    y_name: str | None = Field(default=None, description="the column of y, of data")
    x_origin: Origin = None
    x_unit: Unit = None
    truth_orders: list[int] = Field(description="orders of which the fitted function itself is known")
    samples: int = Field(description="how many samples of the data GET /functions/{name}/samples lists")
    run_url: str | None = Field(description="the run in MLflow's UI")

    @classmethod
    def describe(cls, function: Function, run_url: str | None) -> "Model":
        """A function, and where its run is shown."""
        metadata = function.metadata
        said = metadata.model_dump(exclude={"example", "tolerances", "truth", "samples", "variable", "source"})
        said |= {"x_name": metadata.source.x or metadata.variable, "y_name": metadata.source.y}
        said |= {"errors": {name: finite(value) for name, value in metadata.errors.items()}}
        said |= {name: finite(said[name]) for name in ("condition", "rounding")}
        said |= {"truth_orders": list(metadata.truth), "samples": len(metadata.samples.x) if metadata.samples else 0}
        return cls(**described(function.version), **said, run_url=run_url)


def finite(value: float | None) -> float | None:
    """A number as JSON has it."""
    return value if value is not None and isfinite(value) else None


class Refused(Served):
    """A version that has the alias and is not served: refused, being loaded, or unavailable and tried again."""

    kind: Literal["refused", "loading", "unavailable"] = "refused"
    reason: str


class RegisteredVersion(BaseModel):
    """A version in the registry, served or not; answers to it are found with ?version=."""

    version: int
    aliases: list[str]
    run_id: str
    run_url: str | None


class Evaluation(BaseModel):
    """The derivatives, by order, at every x; null where a value is beyond float64.

    A fit of noisy data also has the standard deviations of orders 0 to 2: the function lies within two of them of the
    fit, at a given x, with a probability of 95 %. The truth is null outside the domain.
    """

    model_config = ConfigDict(extra="forbid")

    model: Served
    x: list[float]
    x_origin: Origin = None
    x_unit: Unit = None
    derivatives: Values
    standard_deviations: Values | None = None
    finite_differences: Values | None = None
    truth: Values | None = None
    in_domain: list[bool]
    warnings: list[str]


class Health(BaseModel):
    """The state of the service."""

    status: str


class Problem(BaseModel):
    """Why a request was not answered."""

    detail: str


class Issue(BaseModel):
    """What is wrong with one part of a request."""

    loc: list[str | int]
    msg: str
    type: str


class Invalid(BaseModel):
    """What is wrong with a request, in a sentence, and where it is known part by part."""

    detail: str
    issues: list[Issue] = []
