"""Entry point `derivatives`: the study's finite differences of a function and its fit beside the exact derivatives."""

import csv
import io
import math
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Self

import mlflow
import numpy as np
from matplotlib.figure import Figure
from pydantic import BeforeValidator, Field, model_validator
from pydantic_settings import NoDecode

from training import checkpoints, tracking
from training.config import FIRST_ORDER, FitConfig, Positive
from training.entry_point import enter
from training.errors import InvalidParameter
from training.finite_differences import (
    COLUMNS,
    FORMULAS,
    Comparison,
    Errors,
    Source,
    both_figure,
    error_figure,
    fit_figure,
    function_figure,
)
from training.fit import fit
from training.members import Members
from training.networks import Network
from training.plots import ORDERS
from training.presets import DEFAULT_PRESET
from training.samples import Samples, sample
from training.trainer import Member, single_thread, train

_MAX_STEPS = 1_000


@dataclass(frozen=True)
class StudyNetwork:
    """One of the study's networks of two equal layers, and of each of its figures the order that it shows."""

    units: int
    epochs: int
    batch_size: int
    figures: Mapping[int, int]


STUDY = (
    StudyNetwork(30, 15, 100, {44: 0, 45: 1, 46: 2}),
    StudyNetwork(200, 100, 100, {47: 1, 48: 2}),
    StudyNetwork(300, 100, 100, {49: 2}),
    StudyNetwork(500, 20, 50, {50: 2}),
)
# Those of the function alone.
_FUNCTION_FIGURES = {42: 1, 43: 2}
# What its library does, for figures=study where these are not given.
_STUDY_DEFAULTS = {"preset": "study", "dtype": "float32"}


def _steps(value: Any) -> tuple[float, float, int] | None:
    if value is None:
        return None
    try:
        parts = value.split(",") if isinstance(value, str) else value
        low, high, count = (of(part) for of, part in zip((float, float, int), parts, strict=True))
    except (TypeError, ValueError):
        low, high, count = 0.0, 0.0, 0
    if not (0 < low < high < math.inf and 2 <= count <= _MAX_STEPS):
        raise ValueError(f"expected LOW,HIGH,COUNT with 0 < LOW < HIGH and COUNT from 2 to {_MAX_STEPS:,}")
    return low, high, count


def _by_figures(own: str) -> Callable[[], Any]:
    """The default of figures=own. Help shows the name of a factory in place of a default."""

    def default() -> str:
        return own

    default.__name__ = "by figures"
    return default


class DerivativesConfig(FitConfig):
    """Fit a function and compare the study's finite differences of both, for many steps, with the exact derivatives."""

    module: ClassVar[str] = "training.derivatives"

    preset: Literal["precise", "standard", "study"] = Field(
        default_factory=_by_figures(DEFAULT_PRESET), description=FitConfig.model_fields["preset"].description
    )
    dtype: Literal["float32", "float64"] = Field(
        default_factory=_by_figures("float64"), description=FitConfig.model_fields["dtype"].description
    )
    register_as: Annotated[str, FitConfig.model_fields["register_as"]] = "none"
    figures: Literal["own", "study"] = Field(
        "own", description="own: of one fit; study: 42 to 50, with the study's four networks, its preset and float32"
    )
    # What tables of samples give, as the study had them.
    step: Positive | None = Field(
        None, description="step of the finite differences that are drawn; the distance of the samples, unless given"
    )
    steps: Annotated[tuple[float, float, int] | None, NoDecode, BeforeValidator(_steps)] = Field(
        None, description="LOW,HIGH,COUNT: steps to compare, on a logarithmic scale; from the domain, unless given"
    )

    @model_validator(mode="before")
    @classmethod
    def _takes_the_study_s_defaults(cls, given: Any) -> Any:
        if given.get("figures") != "study":
            return given
        if given.get("preset") == "precise" or given.get("optimizer", "adam") not in FIRST_ORDER:
            raise InvalidParameter("preset, optimizer: figures=study trains with adam or sgd only")
        return _STUDY_DEFAULTS | given

    @model_validator(mode="after")
    def _can_be_compared(self) -> Self:
        if self.target is None:
            raise InvalidParameter(
                "target: missing; derivatives are compared with those of the function behind the data"
            )
        if self.figures == "study":
            self._leaves_the_networks_to_the_study()
        return self

    def _leaves_the_networks_to_the_study(self) -> None:
        # These defaults are let pass: the command that repeats a run names them.
        if (self.hidden, self.epochs, self.batch_size) != ((30, 30), 15, 100):
            raise InvalidParameter("hidden, epochs, batch_size: figures=study has its own; leave them out")
        if self.register_as != "none":
            raise InvalidParameter(f"register_as: figures=study registers nothing, not {self.register_as!r}")

    def resolved(self) -> "DerivativesConfig":
        """These with the step and the steps that follow from domain and samples where they are not given.

        Raises:
            InvalidParameter: a step is too large for the domain, or the data can not be used.
        """
        domain, points = self.domain, self.points
        if self.data is not None:
            known, samples = sample(self)
            domain = known.domain
            points = len(samples.x) + (len(samples.held_out.x) if samples.held_out else 0)
        width = domain[1] - domain[0]
        step = self.step or width / (points - 1)
        # From where even a forward difference in float64 is all rounding, to where all is truncation.
        steps = self.steps or (1e-13 * width, 0.1 * width, 49)
        for name, largest in (("step", step), ("steps", steps[1])):
            if not 2 * largest < width:
                raise InvalidParameter(f"{name}: {largest:g} is not less than half of the domain's {width:g}")
        return self.model_copy(update={"domain": domain, "step": step, "steps": steps})

    def comparison(self, network: Network) -> Comparison:
        """What is compared for a network; for resolved parameters only."""
        assert self.function is not None, "refused without"
        assert self.step is not None, "resolved"
        assert self.steps is not None, "resolved"
        steps = np.geomspace(*self.steps)
        return Comparison(self.function, network, self.domain, self.step, steps, self.dtype)


@dataclass(frozen=True)
class Derivatives:
    """What was compared, for each network by its layers ("30,30"), and the metrics of the run."""

    config: DerivativesConfig
    errors: Mapping[str, Errors]
    metrics: Mapping[str, float]
    run_id: str


def derivatives(config: DerivativesConfig) -> Derivatives:
    """Fit a function, or train the study's networks, and log the figures and errors of all derivatives in one run.

    Raises:
        InvalidParameter: the function can not be sampled on the domain, the data can not be used, or a step is too
            large.
        TrainingDiverged: the loss of a network stopped being a finite number; the MLflow run is FAILED.
        StoreUnavailable: the MLflow store can not be reached or written.
    """
    config = config.resolved()
    # Threads would wait for each other at these hundreds of small evaluations too, for many times their time.
    with single_thread():
        return _of_the_study(config) if config.figures == "study" else _of_one_fit(config)


def _of_one_fit(config: DerivativesConfig) -> Derivatives:
    """In the run of the fit, which has the function and its fit in fit.png."""
    fitted = fit(config)
    comparison = config.comparison(fitted.network)
    errors = Errors.of(comparison)
    figures = {"error_against_step": error_figure(errors)}
    for order in FORMULAS:
        figures[f"function_differences_{order}"] = function_figure(comparison, order)
        figures[f"differences_{order}"] = both_figure(errors, order)
    metrics = errors.metrics()
    with tracking.reopened(fitted.run_id):
        tracking.log_figures(figures)
        _log(fitted.run_id, {comparison.layers: errors}, metrics)
    return Derivatives(config, {comparison.layers: errors}, {**fitted.metrics, **metrics}, fitted.run_id)


def _of_the_study(config: DerivativesConfig) -> Derivatives:
    _, samples = sample(config)
    errors: dict[str, Errors] = {}
    metrics: dict[str, float] = {}
    with tracking.run(config, f"{config.fitted} {config.activation} figures 42 to 50") as run_id:
        for setting in STUDY:
            member = best_of(config, setting, samples)
            assert member.network is not None, "the best has not diverged"
            comparison = config.comparison(member.network)
            found = errors[comparison.layers] = Errors.of(comparison)
            exact = {f"error_d{order}": error for order, error in found.exact.items()}
            measured = {"mse": member.mse, "seconds": member.seconds, **exact, **found.metrics()}
            metrics |= {f"h{setting.units}_{key}": value for key, value in measured.items()}
            tracking.log_figures(numbered(setting, found))
        _log(run_id, errors, metrics)
    return Derivatives(config, errors, metrics, run_id)


def best_of(config: DerivativesConfig, setting: StudyNetwork, samples: Samples) -> Member:
    """The best of the trainings of a network of the study."""
    hidden = (setting.units, setting.units)
    own = config.model_copy(update={"hidden": hidden, "epochs": setting.epochs, "batch_size": setting.batch_size})
    members = Members(own)
    with checkpoints.resumable(own, samples.digest) as folder:
        for member in train(own, samples, folder):
            members.add(member)
    return members.best


def numbered(setting: StudyNetwork, errors: Errors) -> dict[str, Figure]:
    """The figures of a network under the study's numbers; those of the function come with the fit's."""
    c = errors.comparison
    figures = {f"error_against_step_{setting.units}": error_figure(errors)}
    if 0 in setting.figures.values():
        figures |= {f"figure_{number}": function_figure(c, order) for number, order in _FUNCTION_FIGURES.items()}
    for number, order in setting.figures.items():
        figures[f"figure_{number}"] = both_figure(errors, order) if order else fit_figure(c)
    return figures


def _log(run_id: str, errors: Mapping[str, Errors], metrics: Mapping[str, float]) -> None:
    """Into the active run."""
    tracking.log_metrics(run_id, metrics, step=0)
    tracking.log_text("derivative_errors.csv", _table(errors.values()))


def _table(errors: Iterable[Errors]) -> str:
    """All errors as CSV. Those of the function are the same beside each network, and are written once."""
    first, *others = (found.table() for found in errors)
    rows = first + [row for table in others for row in table if row[0] != "function"]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([COLUMNS, *rows])
    return text.getvalue()


def main(arguments: list[str]) -> None:
    """Compare what the command line says and tell the result in a few lines."""
    enter(DerivativesConfig, lambda config: _summary(derivatives(config)), arguments)


def _summary(result: Derivatives) -> str:
    low, high = result.config.domain
    lines = [f"relative L2 errors of the derivatives of {result.config.fitted} on [{low:g}, {high:g}]"]
    for errors in result.errors.values():
        lines += [_line(errors, "fit", order) for order in FORMULAS]
    lines += [_line(errors, "function", order) for order in FORMULAS]
    return "\n".join([*lines, f"run {result.run_id} in {mlflow.get_tracking_uri()}: look at it with `mlflow ui`"])


def _line(errors: Errors, source: Source, order: int) -> str:
    c, (step, error) = errors.comparison, errors.best(source, order)
    exact = f"exact {errors.exact[order]:.2g}, " if source == "fit" else ""
    drawn = f"finite differences {errors.drawn[source, order]:.2g} at step {c.step:g}"
    best = f"{error:.2g} at the best step {step:.2g} ({c.precision_of(source)})"
    return f"{c.name(source)} {ORDERS[order]}: {exact}{drawn}, {best}"


if __name__ == "__main__":
    main(sys.argv[1:])
