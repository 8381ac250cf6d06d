"""What goes over the wire, to and from functions of several variables."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from serving.api.schemas import Order, Served, described, finite
from serving.api.validation import FailsFast
from serving.models.fields import FieldFunction

# More than any model has partial derivatives up to the second, of twenty variables.
_MOST_NAMES = 512
_NUMBERS = {"type": "array", "items": {"type": "number"}, "minItems": 1}

# Read as it is, and made an array by what knows the variables (serving.api.field_parsing).
Points = Annotated[
    Any,
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "array", "items": _NUMBERS, "minItems": 1},
                {"type": "object", "additionalProperties": _NUMBERS},
            ]
        }
    ),
]
Value = Annotated[list[list[float | None]], Field(description="by point and output")]
Gradient = Annotated[list[list[list[float | None]]], Field(description="by point, output and variable")]
Hessian = Annotated[list[list[list[list[float | None]]]], Field(description="by point, output and two variables")]


class FieldOptions(BaseModel):
    """Which derivatives of a function of several variables."""

    model_config = ConfigDict(extra="forbid")

    orders: Annotated[tuple[Order, ...], FailsFast()] | None = Field(
        None,
        min_length=1,
        max_length=_MOST_NAMES,
        description="0 is the value, 1 the gradient, 2 the Hessian; the value unless `derivatives` are given",
        examples=[[0, 1]],
    )
    # Tuples: pydantic would make a deep copy of a list each time.
    derivatives: Annotated[tuple[str, ...], FailsFast()] = Field(
        (),
        max_length=_MOST_NAMES,
        description="Partial derivatives by the names of their variables: `x` is ∂/∂x, `x,y` is ∂²/∂x∂y",
        examples=[["x", "x,y"]],
    )


class EvaluateField(FieldOptions):
    """Where to evaluate a function of several variables, and which derivatives."""

    x: Points = Field(
        description="Points, by position in rows of one number for each variable, or by name in columns",
        examples=[[[0.5, 0.2]], {"x": [0.5], "y": [0.2]}],
    )


class FieldDeviations(BaseModel):
    """Standard deviations of what was asked for."""

    model_config = ConfigDict(extra="forbid")

    value: Value | None = None
    gradient: Gradient | None = None
    derivatives: dict[str, Value] | None = None


class FieldEvaluation(BaseModel):
    """Value, gradient and Hessian at every point, as they were asked for; null where one is beyond float64.

    A fit of noisy data also has the standard deviations of value and gradient.
    """

    model_config = ConfigDict(extra="forbid")

    model: Served
    variables: list[str]
    outputs: list[str]
    x: list[list[float]]
    value: Value | None = None
    gradient: Gradient | None = None
    hessian: Hessian | None = None
    derivatives: dict[str, Value] | None = Field(None, description="partial derivatives, by their names")
    standard_deviations: FieldDeviations | None = None
    in_domain: list[bool]
    in_domain_by_variable: dict[str, list[bool]]
    warnings: list[str]


class FieldModel(Served):
    """A served function of several variables and what it says of itself."""

    kind: Literal["field"]
    target: str
    variables: list[str]
    domain: list[tuple[float, float]] = Field(description="of each variable")
    outputs: list[str]
    activation: str
    order: int = Field(description="of the highest derivative: 1 with the gradient, 2 with the Hessian")
    errors: dict[str, float | None] = Field(description="null where they are not known")
    warnings: list[str]
    noise: list[float | None] | None = Field(description="standard deviation of a sample, for each output")
    bands: bool = Field(description="whether value and gradient have standard deviations")
    run_url: str | None = Field(description="the run in MLflow's UI")

    @classmethod
    def describe(cls, function: FieldFunction, run_url: str | None) -> "FieldModel":
        """A function, and where its run is shown."""
        metadata = function.metadata
        said = metadata.model_dump(exclude={"example", "tolerances"})
        said |= {"errors": {name: finite(value) for name, value in metadata.errors.items()}}
        said |= {"noise": [finite(value) for value in metadata.noise] if metadata.noise is not None else None}
        return cls(**described(function.version), **said, run_url=run_url)
