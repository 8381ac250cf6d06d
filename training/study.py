"""Entry point `study`: the same fit with many values of a parameter and many seeds, compared."""

import sys

from training.cli.entry_point import begin, enter
from training.parallel.executor import prepare
from training.sweeps.config import SweepConfig
from training.tracking.store import needed_modules

if given := begin(__name__, SweepConfig):
    prepare(given.pool, "training.sweeps.sweep_task", given.method.module.partition(":")[0], *needed_modules())

from training.pipelines.sweep import Sweep, sweep
from training.tracking import experiment

__all__ = ["Sweep", "SweepConfig", "main", "sweep"]


def main(arguments: list[str]) -> None:
    """Study what the command line says and tell the result in a few lines."""
    enter(SweepConfig, lambda config: _summary(sweep(config)), arguments)


def _summary(result: Sweep) -> str:
    logging = f"{result.logging_part:.0%} of the time went into MLflow and plots"
    return "\n".join([*result.lines, logging, experiment.link(result.run_id)])


if __name__ == "__main__":
    main(sys.argv[1:])
