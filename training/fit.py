"""Entry point `main`: fit a function, log the fit to MLflow and register it with its derivatives."""

import sys

from training.cli.entry_point import begin, enter
from training.regression.config import FitConfig

begin(__name__, FitConfig)

from training.models.field_network import OUTPUTS
from training.parameters.digits import interval
from training.pipelines.fit import Fit, fit
from training.pipelines.fit_field import FieldFit, fit_field
from training.tracking import experiment

__all__ = ["FieldFit", "Fit", "FitConfig", "fit", "fit_field", "main"]

_LABELS = {"d0": "f", "d1": "f'", "d2": "f''"}


def main(arguments: list[str]) -> None:
    """Fit what the command line says and tell the result in a few lines."""
    enter(FitConfig, _told, arguments)


def _told(config: FitConfig) -> str:
    return _field_summary(fit_field(config)) if config.variables else _summary(fit(config))


def _field_summary(result: FieldFit) -> str:
    metrics, units = result.metrics, ",".join(map(str, result.layers.sizes[1:-1]))
    judged = "" if result.problem.function is not None else " at the samples held out"
    errors = [f"{name} {metrics[f'error_{name}']:.2g}" for name in OUTPUTS if f"error_{name}" in metrics]
    lines = [
        f"{result.config.fitted} on {result.problem.box}: {units} units, {metrics['weights']:,.0f} weights, "
        f"{metrics['seconds']:.2f} s",
        f"relative L2 errors{judged}: {', '.join(errors)}",
    ]
    return "\n".join([*lines, *_ending(result)])


def _ending(result: Fit | FieldFit) -> list[str]:
    """What became of the fit."""
    registered = [str(result.registered)] if result.registered else []
    warnings = [f"warning: {warning}" for warning in result.warnings]
    return [*registered, *warnings, experiment.link(result.run_id)]


def _summary(result: Fit) -> str:
    config, metrics = result.config, result.metrics
    layers = ",".join(map(str, result.network.sizes[1:-1]))
    lines = [
        f"{config.fitted} on {interval(result.samples.domain)}{_since(result)}: {layers} units, "
        f"{metrics['weights']:,.0f} weights, {metrics['seconds']:.2f} s",
        f"relative L2 errors{_judged_at(config)}: "
        + ", ".join(
            f"{label} {metrics[f'error_{key}']:.2g}" for key, label in _LABELS.items() if f"error_{key}" in metrics
        ),
    ]
    if config.variable != "x":
        lines.insert(1, f"the variable is {config.variable}; columns and answers call it x")
    return "\n".join([*lines, *_ending(result)])


def _since(result: Fit) -> str:
    origin = result.samples.origin
    return "" if origin is None else f" s since {origin}"


def _judged_at(config: FitConfig) -> str:
    return " at the samples held out" if config.function is None else ""


if __name__ == "__main__":
    main(sys.argv[1:])
