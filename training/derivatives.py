"""Entry point `derivatives`: the study's finite differences of a function and its fit beside the exact derivatives."""

import sys

from training.cli.entry_point import begin, enter
from training.differentiation.config import DerivativesConfig

begin(__name__, DerivativesConfig)

from training.pipelines.differentiate import Differentiation, differentiate
from training.tracking import experiment

__all__ = ["DerivativesConfig", "Differentiation", "differentiate", "main"]


def main(arguments: list[str]) -> None:
    """Compare what the command line says and tell the result in a few lines."""
    enter(DerivativesConfig, lambda config: _summary(differentiate(config)), arguments)


def _summary(result: Differentiation) -> str:
    return "\n".join([*result.lines, experiment.link(result.run_id)])


if __name__ == "__main__":
    main(sys.argv[1:])
