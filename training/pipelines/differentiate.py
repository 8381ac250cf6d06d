"""Finite differences of a function and its fit beside the exact derivatives, from parameters to figures in a run."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from matplotlib.figure import Figure

from training.data.samples import Samples
from training.differentiation.config import DerivativesConfig
from training.differentiation.finite_differences import (
    COLUMNS,
    FORMULAS,
    Errors,
    Source,
    both_figure,
    error_figure,
    function_figure,
)
from training.differentiation.study_networks import STUDY, best_of, numbered, with_network
from training.models.networks import Network
from training.parameters.digits import interval
from training.pipelines.fit import fit
from training.plotting.plots import ORDERS
from training.regression.sampling import sample
from training.regression.trainer import single_thread
from training.runtime import checkpoints
from training.targets.domain import Domain
from training.tracking import dataset_input, tracking
from training.tracking.description import Description, describe


@dataclass(frozen=True)
class Differentiation:
    """The errors of each network by its layers ("30,30"), and the metrics of the run."""

    config: DerivativesConfig
    domain: Domain
    errors: Mapping[str, Errors]
    metrics: Mapping[str, float]
    run_id: str

    @property
    def lines(self) -> list[str]:
        """The function, and the errors of each network and of the function in a line each."""
        lines = [f"relative L2 errors of the derivatives of {self.config.fitted} on {interval(self.domain)}"]
        for errors in self.errors.values():
            lines += [_line(errors, "fit", order) for order in FORMULAS]
        return lines + [_line(errors, "function", order) for order in FORMULAS]


def differentiate(config: DerivativesConfig) -> Differentiation:
    """Fit a function, or train the study's networks, and log the figures and errors of all derivatives in one run.

    Raises:
        InvalidParameter: the function cannot be sampled on the domain, the data cannot be used, or a step is too
            large.
        TrainingDiverged: the loss of a network stopped being a finite number; the MLflow run is FAILED.
        StoreUnavailable: the MLflow store cannot be reached or written.
    """
    samples = sample(config, config.seed)
    config = config.resolved(samples)
    # Threads would wait for each other at these hundreds of small evaluations too, for many times their time.
    with single_thread():
        compare = _of_the_study if config.figures == "study" else _of_one_fit
        return compare(config, samples)


def _of_one_fit(config: DerivativesConfig, samples: Samples) -> Differentiation:
    """Compare within the run of the fit, which has the function and its fit in fit.png."""
    found: dict[str, Errors] = {}
    metrics: dict[str, float] = {}

    def compare(network: Network, run_id: str) -> None:
        comparison = config.comparison(network, samples.domain)
        errors = found[comparison.layers] = Errors.of(comparison)
        metrics.update(errors.metrics())
        tracking.log_figures(_figures(errors))
        _log(run_id, found, metrics)

    fitted = fit(config, compare, samples)
    return Differentiation(config, samples.domain, found, {**fitted.metrics, **metrics}, fitted.run_id)


def _figures(errors: Errors) -> dict[str, Figure]:
    figures = {"error_against_step": error_figure(errors)}
    for order in FORMULAS:
        figures[f"function_differences_{order}"] = function_figure(errors.comparison, order)
        figures[f"differences_{order}"] = both_figure(errors, order)
    return figures


def _of_the_study(config: DerivativesConfig, samples: Samples) -> Differentiation:
    errors: dict[str, Errors] = {}
    metrics: dict[str, float] = {}
    with (
        checkpoints.resumable(config, samples.digest) as folder,
        tracking.run(config, _study_name(config), folder=folder, found=samples.found) as run_id,
    ):
        tracking.log_tags(samples.tags)
        tracking.log_warnings(samples.warnings)
        tracking.log_dataset(run_id, "training", dataset_input.of_samples(config, samples))
        for setting in STUDY:
            best = best_of(with_network(config, setting), samples, folder / str(setting.units))
            comparison = config.comparison(best.fit, samples.domain)
            found = errors[comparison.layers] = Errors.of(comparison)
            exact = {f"error_d{order}": error for order, error in found.exact.items()}
            measured = {"mse": best.mse, "seconds": best.seconds, **exact, **found.metrics()}
            metrics |= {f"h{setting.units}_{key}": value for key, value in measured.items()}
            tracking.log_figures(numbered(setting, found))
        _log(run_id, errors, metrics)
        result = Differentiation(config, samples.domain, errors, metrics, run_id)
        figure = f"error_against_step_{STUDY[-1].units}.png"
        describe(run_id, Description(result.lines, samples.warnings, figure, config))
    return result


def _study_name(config: DerivativesConfig) -> str:
    return f"{config.subject} {config.optimizer} figures 42 to 50"


def _log(run_id: str, errors: Mapping[str, Errors], metrics: Mapping[str, float]) -> None:
    """Log metrics and the table of errors into the active run."""
    tracking.log_metrics(run_id, metrics, step=0)
    tracking.log_text("derivative_errors.csv", _table(errors.values()))


def _table(errors: Iterable[Errors]) -> str:
    """All errors as CSV. Those of the function are the same beside each network, and are written once."""
    first, *others = (found.table() for found in errors)
    rows = first + [row for table in others for row in table if row[0] != "function"]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([COLUMNS, *rows])
    return text.getvalue()


def _line(errors: Errors, source: Source, order: int) -> str:
    c, (step, error) = errors.comparison, errors.best(source, order)
    exact = f"exact {errors.exact[order]:.2g}, " if source == "fit" else ""
    drawn = f"finite differences {errors.drawn[source, order]:.2g} at step {c.step:g}"
    best = f"{error:.2g} at the best step {step:.2g} ({c.precision_of(source)})"
    return f"{c.name(source)} {ORDERS[order]}: {exact}{drawn}, {best}"
