"""Entry point `ui`: MLflow's UI, opened where the trainings are."""

import sys

from training.cli.entry_point import enter
from training.tracking.ui import UiConfig, show

__all__ = ["UiConfig", "main", "show"]


def main(arguments: list[str]) -> None:
    """Show the runs until Ctrl-C."""
    enter(UiConfig, show, arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
