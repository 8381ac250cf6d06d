"""Entry point `report`: the study, whole: its 82 figures and its questions answered, on one page."""

import sys

from training.cli.entry_point import begin, enter
from training.reproduction.config import ReportConfig

begin(__name__, ReportConfig)

from training.pipelines.reproduce import Report, reproduce
from training.tracking import experiment, tracking

__all__ = ["Report", "ReportConfig", "main", "reproduce"]


def main(arguments: list[str]) -> None:
    """Draw the report and tell its answers."""
    enter(ReportConfig, lambda config: _summary(reproduce(config)), arguments)


def _summary(made: Report) -> str:
    page = f"the page: {tracking.artifact(made.run_id, 'report.html')}"
    return "\n".join([*made.lines, page, experiment.link(made.run_id)])


if __name__ == "__main__":
    main(sys.argv[1:])
