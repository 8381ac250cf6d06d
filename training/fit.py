"""Entry point `main`: fit a function, log the fit to MLflow and register it with its derivatives."""

import sys

from training.cli.entry_point import begin, enter
from training.regression.config import FitConfig

begin(__name__, FitConfig)

from training.pipelines import summaries
from training.pipelines.fit import Fit, fit
from training.pipelines.fit_field import FieldFit, fit_field
from training.tracking import experiment

__all__ = ["FieldFit", "Fit", "FitConfig", "fit", "fit_field", "main"]


def main(arguments: list[str]) -> None:
    """Fit what the command line says and tell the result in a few lines."""
    enter(FitConfig, _told, arguments)


def _told(config: FitConfig) -> str:
    return _summary(fit_field(config) if config.variables else fit(config))


def _summary(result: Fit | FieldFit) -> str:
    """The errors, the registered version, warnings and a link."""
    if isinstance(result, FieldFit):
        units = result.layers.sizes[1:-1]
        lines = summaries.of_field(result.config, result.problem, units, result.metrics)
    else:
        lines = summaries.of_function(result.config, result.samples, result.network, result.metrics)
    registered = [str(result.registered)] if result.registered else []
    warnings = [f"warning: {warning}" for warning in result.warnings]
    return "\n".join([*lines, *registered, *warnings, experiment.link(result.run_id)])


if __name__ == "__main__":
    main(sys.argv[1:])
