"""Entry point `main`: fit a function, log the fit to MLflow and register it with its derivatives."""

import gc
import json
import sys
from dataclasses import dataclass

import mlflow
import numpy as np

from training import checkpoints, export, plots, tracking
from training.accuracy import accuracy
from training.command_line import fail
from training.config import FitConfig
from training.datasets import equally_spaced
from training.errors import Error, InvalidParameter
from training.export import Registered
from training.members import Members
from training.networks import Array, Network, count_weights
from training.trainer import Member, train


@dataclass(frozen=True)
class Fit:
    """A finished fit: the best of its members, their errors, its MLflow run and its version in the registry, if any."""

    config: FitConfig
    network: Network
    metrics: dict[str, float]
    best: Member
    errors: list[float]
    run_id: str
    registered: Registered | None


def fit(config: FitConfig) -> Fit:
    """Fit the target and log, plot and register the result; of several runs, the one with the lowest error.

    Raises:
        InvalidParameter: the target vanishes on the domain.
        TrainingDiverged: the loss of every run stopped being a finite number; the MLflow run is FAILED.
        StoreUnavailable: the MLflow store can not be reached or written.
    """
    x = equally_spaced(config.domain, config.points)
    y = config.function.derivative(x)
    if not y.any():
        raise InvalidParameter(f"domain: {config.target} is zero at every sample on {_interval(config)}")
    name = f"{config.function.name} {config.activation} {','.join(map(str, config.hidden))}"
    with tracking.run(config, name) as run_id:
        members = Members(config)
        _train(config, x, y, run_id, members)
        best = members.best
        assert best.network is not None, "the best member has not diverged"
        metrics = accuracy(best.network, config.function, config.domain) | members.metrics()
        tracking.log_metrics(run_id, metrics | {"weights": count_weights(best.network)}, step=config.epochs)
        figures = plots.figures(best.network, config.function, config.domain)
        if config.runs > 1:
            tracking.log_curve(run_id, "mse", best.history)
            tracking.log_members(members.table())
            figures["members"] = plots.members(config.function, config.domain, members.curves)
        tracking.log_figures(figures)
        metrics |= {"mse": best.mse, "weights": count_weights(best.network)}
        registered = _register(config, best.network, metrics)
    return Fit(config, best.network, metrics, best, members.errors, run_id, registered)


def main(arguments: list[str]) -> None:
    """Fit what the command line says and tell the result in a few lines."""
    try:
        print(_summary(fit(FitConfig.parse(arguments))))
    except Error as error:
        if isinstance(error, InvalidParameter):
            tracking.fail_launched_run(error)
        fail(error)


def _train(config: FitConfig, x: Array, y: Array, run_id: str, members: Members) -> None:
    """Train from the checkpoints of a killed run of the same parameters, if there is one, and close that run."""
    with checkpoints.resumable(config) as folder:
        owner = folder / "run.json"
        if owner.exists():
            tracking.fail_abandoned_run(json.loads(owner.read_text())["run_id"], successor=run_id)
        owner.write_text(json.dumps({"run_id": run_id}))
        live = [tracking.LiveMetrics(run_id)] if config.runs == 1 else []
        for member in train(config, x, y, folder, live):
            members.add(member)


def _register(config: FitConfig, network: Network, metrics: dict[str, float]) -> Registered | None:
    name = config.registered_name
    if name is None:
        return None
    metadata = {
        "kind": "function",
        "target": config.function.name,
        "domain": list(config.domain),
        "activation": config.activation,
        "errors": {
            key.removeprefix("error_"): metrics[key] for key in ("error_d0", "error_d1", "error_d2", "max_error")
        },
    }
    example = np.linspace(*config.domain, 5).tolist()
    return export.register(network, name, config.max_order, metadata, example, config.champion)


def _summary(result: Fit) -> str:
    config, metrics, registered = result.config, result.metrics, result.registered
    lines = [
        f"{config.function.name} on {_interval(config)}: {metrics['weights']:,.0f} weights, {metrics['seconds']:.1f} s",
        "relative L2 errors: "
        + ", ".join(f"{label} {metrics[f'error_d{k}']:.2g}" for k, label in enumerate(("f", "f'", "f''"))),
        f"run {result.run_id} in {mlflow.get_tracking_uri()}: look at it with `mlflow ui`",
    ]
    if registered:
        kept = "now the champion" if registered.champion else "not the champion"
        lines.append(f"registered as {registered.name} version {registered.version}, {kept} ({registered.reason})")
    return "\n".join(lines)


def _interval(config: FitConfig) -> str:
    low, high = config.domain
    return f"[{low:g}, {high:g}]"


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    finally:
        # The interpreter would else search all that was imported for garbage on its way out: more than a second.
        gc.freeze()
