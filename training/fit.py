"""Entry point `main`: fit a function, log the fit to MLflow and register it with its derivatives."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass

import mlflow
import numpy as np

from training import checkpoints, export, plots, tracking
from training.accuracy import REPORTED_ORDERS
from training.config import FitConfig
from training.entry_point import enter
from training.export import Registered
from training.judgement import Judgement, judge
from training.members import Members
from training.networks import Network, count_weights
from training.samples import Samples, sample
from training.trainer import Member, single_thread, train
from training.truth import chebyshev_series

_METADATA_ERRORS = ("error_d0", "error_d1", "error_d2", "max_error")
_LABELS = {"d0": "f", "d1": "f'", "d2": "f''"}


@dataclass(frozen=True)
class Fit:
    """A finished fit: the best of its members, all their errors, warnings, its run and its version, if any."""

    config: FitConfig
    network: Network
    metrics: dict[str, float]
    best: Member
    errors: list[float]
    warnings: list[str]
    run_id: str
    registered: Registered | None


def fit(config: FitConfig) -> Fit:
    """Fit a function or data and log, plot and register the result; of several runs, the one with the lowest error.

    Raises:
        InvalidParameter: the function can not be sampled on the domain, or the data can not be used.
        TrainingDiverged: the loss of every run stopped being a finite number; the MLflow run is FAILED.
        StoreUnavailable: the MLflow store can not be reached or written.
    """
    config, samples = sample(config)
    name = f"{config.fitted} {config.activation} {config.optimizer} {config.as_strings()['hidden']}"
    with tracking.run(config, name) as run_id:
        members, live = Members(config), tracking.LiveMetrics(run_id)
        _train(config, samples, run_id, members, live)
        best = members.best
        assert best.network is not None, "the best member has not diverged"
        with single_thread():  # threads wait for each other longer than these small evaluations take
            judgement = judge(config, best, samples)
        metrics = {**judgement.metrics} | members.metrics() | {"weights": count_weights(best.network)}
        tracking.log_metrics(run_id, metrics, step=len(best.history))
        tracking.log_curve(run_id, "mse", best.history, first=live.sent)
        tracking.log_warnings(judgement.warnings)
        figures = plots.figures(_picture(config, best.network, samples, judgement))
        if config.trainings > 1:
            tracking.log_members(members.table())
            figures["members"] = plots.members(config.fitted, config.function, config.domain, members.curves)
        tracking.log_figures(figures)
        metrics |= {"mse": best.mse}
        registered = _register(config, best.network, metrics, judgement)
    return Fit(config, best.network, metrics, best, members.errors, judgement.warnings, run_id, registered)


def main(arguments: list[str]) -> None:
    """Fit what the command line says and tell the result in a few lines."""
    enter(FitConfig, lambda config: _summary(fit(config)), arguments)


def _train(config: FitConfig, samples: Samples, run_id: str, members: Members, live: tracking.LiveMetrics) -> None:
    """Train from the checkpoints of a killed run of the same parameters, if there is one, and close that run."""
    with checkpoints.resumable(config, samples.digest) as folder:
        tracking.take_over(folder, run_id)
        for member in train(config, samples, folder, [live] if config.trainings == 1 else []):
            members.add(member)


def _picture(config: FitConfig, network: Network, samples: Samples, judgement: Judgement) -> plots.Picture:
    return plots.Picture(config.fitted, network, config.domain, config.function, samples, judgement.contenders)


def _register(
    config: FitConfig, network: Network, metrics: Mapping[str, float], judgement: Judgement
) -> Registered | None:
    name = config.registered_name
    if name is None:
        return None
    errors = {key.removeprefix("error_"): value for key, value in metrics.items() if key in _METADATA_ERRORS}
    metadata = {
        "kind": "function",
        "target": config.fitted,
        "domain": list(config.domain),
        "activation": config.activation,
        "errors": errors,
        "condition": metrics["condition"],
        "rounding": metrics["rounding"],
        "warnings": judgement.warnings,
    }
    if config.function is not None:
        metadata["truth"] = chebyshev_series(config.function, config.domain, range(REPORTED_ORDERS + 1))
    example = np.linspace(*config.domain, 5).tolist()
    return export.register(network, name, config.max_order, metadata, example, config.champion, judgement.useless)


def _summary(result: Fit) -> str:
    config, metrics, registered = result.config, result.metrics, result.registered
    layers = ",".join(map(str, result.network.sizes[1:-1]))
    lines = [
        f"{config.fitted} on {_interval(config)}: {layers} units, {metrics['weights']:,.0f} weights, "
        f"{metrics['seconds']:.2f} s",
        f"relative L2 errors{_judged_at(config)}: "
        + ", ".join(
            f"{label} {metrics[f'error_{key}']:.2g}" for key, label in _LABELS.items() if f"error_{key}" in metrics
        ),
        f"run {result.run_id} in {mlflow.get_tracking_uri()}: look at it with `mlflow ui`",
    ]
    if registered:
        kept = "now the champion" if registered.champion else "not the champion"
        lines.append(f"registered as {registered.name} version {registered.version}, {kept} ({registered.reason})")
    lines += [f"warning: {warning}" for warning in result.warnings]
    return "\n".join(lines)


def _judged_at(config: FitConfig) -> str:
    return " at the samples held out" if config.function is None else ""


def _interval(config: FitConfig) -> str:
    low, high = config.domain
    return f"[{low:g}, {high:g}]"


if __name__ == "__main__":
    main(sys.argv[1:])
