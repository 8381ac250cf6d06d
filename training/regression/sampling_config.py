"""The parameters of what is fitted: a function, or data."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode

from training.arrays import Array
from training.data.box import Box
from training.data.form import DataForm
from training.parameters.fields import Positive, split
from training.regression.presets import by_data
from training.targets import expressions, fields, named
from training.targets.domain import Domain

if TYPE_CHECKING:
    from training.data.tables import Columns

# Beyond five standard deviations a gaussian is below 1e-6 of its peak.
STUDY_DOMAIN = Domain(-5.0, 5.0)
Y_COLUMN = "y"


def _domain(value: object) -> Domain | Box | None:
    if value is None or isinstance(value, Box):
        return value
    if isinstance(value, str) and ":" in value:
        box = Box.parse(value)
        if box.dimension == 1:
            raise ValueError("expected LOW,HIGH for a single variable")
        return box
    try:
        low, high = map(float, split(value))  # type: ignore[call-overload]
    except (TypeError, ValueError):
        low = high = math.nan
    if not (low < high and math.isfinite(high - low)):
        raise ValueError("expected LOW,HIGH with LOW < HIGH, both finite")
    return Domain(low, high)


def split_names(columns: str) -> tuple[str, ...]:
    """The columns that are named with commas between them."""
    return tuple(name.strip() for name in columns.split(","))


class SamplingConfig(DataForm):
    """Samples of a function on a domain, or of a file."""

    data: Path | None = Field(
        None, description="file of samples to fit in place of a function: text, Excel, Parquet or NumPy"
    )
    x_column: str = Field(
        "x",
        min_length=1,
        description="column of the data with x: its name, or its number from 1; of several variables as x1,x2,x3",
    )
    y_column: str = Field(
        Y_COLUMN,
        min_length=1,
        description="column of the data with y: its name, or its number from 1; of several outputs as y1,y2",
    )
    error_column: str | None = Field(
        None, description="column of the data with standard errors of y: weights of the fit"
    )
    invalid_rows: Literal["refuse", "drop"] = Field(
        "refuse", description="what to do with rows of the data that are not numbers"
    )
    # Ten points in a hundred cost the fit little and judge it well enough.
    validation: float = Field(
        0.1, ge=0, le=0.9, description="part of the data that the fit never sees; it is judged there"
    )
    target: str | None = Field(
        default_factory=by_data("gaussian", None),
        description="function to approximate: gaussian, psi_N, psi_N^2 or an expression in x, or in the variables of "
        "the domain, with ; between several outputs; the truth behind data",
    )
    mean: float = Field(0.0, allow_inf_nan=False, description="mean of the gaussian")
    std: Positive = Field(1.0, description="standard deviation of the gaussian")
    domain: Annotated[Domain | Box | None, NoDecode, BeforeValidator(_domain)] = Field(
        default_factory=by_data(STUDY_DOMAIN, None),
        description="LOW,HIGH: where the function is fitted, of several variables x:LOW,HIGH; y:LOW,HIGH; all of the "
        "data, unless given",
    )
    # The study's sampling, and its later setting for hidden, epochs and batch_size: "a good compromise".
    points: int = Field(
        10_001, ge=2, le=10_000_000, description="samples: equally spaced, both ends included, or those of the design"
    )
    design: Literal["arcsine", "uniform", "sobol", "latin_hypercube", "grid"] | None = Field(
        None, description="of the samples of several variables; arcsine, denser towards the edges, unless given"
    )
    match_derivatives: int = Field(
        0,
        ge=0,
        le=2,
        description="also fit derivatives up to this order: the target's, or columns dy and d2y of the data, with "
        "several variables dy/dx1, dy/dx2 and so on",
    )

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of several variables; empty where there is one."""
        if isinstance(self.domain, Box):
            return self.domain.variables
        columns = split_names(self.x_column)
        return columns if self.data is not None and len(columns) > 1 else ()

    @property
    def interval(self) -> Domain | None:
        """The domain of one variable; None where that follows from data."""
        return None if isinstance(self.domain, Box) else self.domain

    def places(self, domain: Domain) -> Array:
        """The x at which a function of one variable is sampled, (n,), in ascending order."""
        return domain.equally_spaced(self.points)

    @property
    def function(self) -> named.Target | None:
        """The target of one variable with its parameters; None where only data are known."""
        return None if self.target is None else named.parse(self.target, self.mean, self.std)

    @property
    def field(self) -> fields.Field | None:
        """The target of several variables; None where only data are known."""
        return None if self.target is None else fields.parse(self.target, self.variables)

    @property
    def is_expression(self) -> bool:
        """Whether the target is an expression of the user's own, which may have poles."""
        return self.target is not None and named.is_expression(self.target)

    @property
    def variable(self) -> str:
        """The name of the variable: x, unless an expression has another."""
        return expressions.variable_of(self.function) if self.function is not None and self.data is None else "x"

    @property
    def fitted(self) -> str:
        """What is fitted, in a word or an expression: the name that a reader knows it by."""
        if self.data is not None:
            return self.data.name
        function = self.field if self.variables else self.function
        assert function is not None, "without data there is a target"
        return function.name

    @property
    def subject(self) -> str:
        """What is fitted, and of data which column."""
        return self.fitted if self.data is None else f"{self.fitted} {self.y_column}"

    @property
    def columns(self) -> "Columns":
        """Which columns of the data are read."""
        # Who only asks for help waits for no reader of files.
        from training.data.tables import Columns

        if self.variables:
            (x, *more_x), (y, *more_y) = split_names(self.x_column), split_names(self.y_column)
            partial = [f"d{output}/d{name}" for output in (y, *more_y) for name in (x, *more_x)]
            derivatives = tuple(partial) if self.match_derivatives else ()
            return Columns(x, y, self.error_column, derivatives, tuple(more_x), tuple(more_y))
        derivatives = ("dy", "d2y")[: self.match_derivatives]
        return Columns(self.x_column, self.y_column, self.error_column, derivatives)

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the outputs of several variables: columns, or expressions."""
        if self.data is not None:
            return split_names(self.y_column)
        assert self.field is not None, "without data there is a target"
        return self.field.outputs
