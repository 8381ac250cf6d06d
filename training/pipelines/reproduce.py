"""The study, whole: its figures drawn and its questions answered again, as one run."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from training.parallel.executor import Workers, connected
from training.parameters.digest import digest
from training.reproduction.answers import Answer
from training.reproduction.config import ReportConfig
from training.reproduction.contents import Contents, contents
from training.reproduction.needs import FULL, QUICK, Budget
from training.reproduction.page import write
from training.runtime import checkpoints
from training.tracking import tracking
from training.tracking.description import Description, describe


@dataclass(frozen=True)
class Report:
    """A finished report: its answers by number, and its run."""

    answers: Mapping[int, Answer]
    run_id: str

    @property
    def lines(self) -> list[str]:
        """A line for each answer."""
        return _lines(self.answers)


def reproduce(config: ReportConfig, budget: Budget | None = None) -> Report:
    """Train what the figures and the answers need, and log all of it in one run; a budget of one's own may be given.

    The same call resumes a report that was killed: what it had trained is not trained again.

    Raises:
        InvalidParameter: the Ray cluster does not answer.
        StoreUnavailable: the MLflow store cannot be reached or written.
    """
    budget = budget or (QUICK if config.quick else FULL)
    workers = Workers(config.executor, config.workers, config.ray_address)
    with (
        connected(workers),
        checkpoints.kept("reports", _name(budget)) as folder,
        tracking.run(config, f"the study, {'quick' if config.quick else 'whole'}", folder=folder) as run_id,
    ):
        found = contents(budget, folder, workers)
        tracking.log_metrics(run_id, found.metrics, step=0)
        _log(found)
        result = ["The study, whole" if not config.quick else "The study, quickly", *_lines(found.answers)]
        describe(run_id, Description(result, [], "figure_16.png", config))
    return Report(found.answers, run_id)


def _name(budget: Budget) -> str:
    """The name of the folder that keeps what is finished."""
    return digest(3, torch.__version__, budget)


def _log(found: Contents) -> None:
    with TemporaryDirectory(prefix="derivable-") as folder:
        write(found, Path(folder))
        tracking.log_folder(Path(folder))


def _lines(answers: Mapping[int, Answer]) -> list[str]:
    return [
        f"{number}. {answer.verdict}: {answer.sentence} Standardised: {answer.standardised}"
        for number, answer in answers.items()
    ]
