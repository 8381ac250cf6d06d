"""Entry point `main`: fit a function, log the fit to MLflow and register it with its derivatives."""

import sys

from training.cli.entry_point import begin, enter
from training.regression.config import FitConfig

begin(__name__, FitConfig)

from training.parameters.digits import interval
from training.pipelines.fit import Fit, fit
from training.tracking import experiment

__all__ = ["Fit", "FitConfig", "fit", "main"]

_LABELS = {"d0": "f", "d1": "f'", "d2": "f''"}


def main(arguments: list[str]) -> None:
    """Fit what the command line says and tell the result in a few lines."""
    enter(FitConfig, lambda config: _summary(fit(config)), arguments)


def _summary(result: Fit) -> str:
    config, metrics, registered = result.config, result.metrics, result.registered
    layers = ",".join(map(str, result.network.sizes[1:-1]))
    lines = [
        f"{config.fitted} on {interval(result.samples.domain)}{_since(result)}: {layers} units, "
        f"{metrics['weights']:,.0f} weights, {metrics['seconds']:.2f} s",
        f"relative L2 errors{_judged_at(config)}: "
        + ", ".join(
            f"{label} {metrics[f'error_{key}']:.2g}" for key, label in _LABELS.items() if f"error_{key}" in metrics
        ),
    ]
    if registered:
        lines.append(str(registered))
    if config.variable != "x":
        lines.insert(1, f"the variable is {config.variable}; columns and answers call it x")
    lines += [f"warning: {warning}" for warning in result.warnings]
    lines.append(experiment.link(result.run_id))
    return "\n".join(lines)


def _since(result: Fit) -> str:
    origin = result.samples.origin
    return "" if origin is None else f" s since {origin}"


def _judged_at(config: FitConfig) -> str:
    return " at the samples held out" if config.function is None else ""


if __name__ == "__main__":
    main(sys.argv[1:])
