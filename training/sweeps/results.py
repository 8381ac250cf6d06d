"""What a study has found, cell by cell: quantiles of errors and times, failure rates, and what retrying costs."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, nan

from training.evaluation.failure_rate import Rate
from training.evaluation.quantiles import quantiles
from training.regression.result import AnyResult


@dataclass(frozen=True)
class Retry:
    """Trainings one after the other until one succeeded, or until there were too many: then the error is above."""

    seconds: float
    trainings: int
    succeeded: bool


@dataclass
class CellResults:
    """What is known of a cell.

    Attributes:
        varied: the value of each varied parameter.
        children: the ids of its runs in MLflow by the first seed of each.
        runs: one for each seed.
        alone: seconds of one and the same run, alone on its core, again and again.
        retries: of retry_until.
    """

    varied: Mapping[str, str]
    children: dict[int, str] = field(default_factory=dict)
    runs: list[AnyResult] = field(default_factory=list)
    alone: dict[int, float] = field(default_factory=dict)
    retries: dict[int, Retry] = field(default_factory=dict)

    @property
    def run_id(self) -> str:
        """Its child, the first where it has several."""
        return self.children[min(self.children)]

    @property
    def name(self) -> str:
        """The varied parameters with their values."""
        return ", ".join(f"{name}={value}" for name, value in self.varied.items())

    def errors(self) -> tuple[float, float, float]:
        """Low quantile, median and high quantile of the error; infinite where so many diverged."""
        return quantiles([run.mse for run in self.runs])

    def seconds(self) -> tuple[float, float, float]:
        """Low quantile, median and high quantile of the time alone; NaN where none was taken."""
        return quantiles(list(self.alone.values())) if self.alone else (nan, nan, nan)

    def failures(self) -> Rate:
        """The failure rate of all runs."""
        return Rate.of([run.failed for run in self.runs])

    def misses(self, until: float) -> Rate:
        """The runs whose error is above what `retry_until` asks for."""
        return Rate.of([not run.mse <= until for run in self.runs])

    def may_reach(self, until: float) -> bool:
        """Whether any run has: where none has, retrying would only end with its limit."""
        return any(run.mse <= until for run in self.runs) or not self.runs

    def predicted_seconds(self, until: float) -> float:
        """What a success takes by retrying: tries are independent, and 1 / (1 - rate) of them are needed on average."""
        rate = self.misses(until).value
        return self.seconds()[1] / (1 - rate) if rate < 1 else inf

    def measured_seconds(self) -> float:
        """The seconds of all retries for each success among them; infinite where there was none."""
        successes = sum(retry.succeeded for retry in self.retries.values())
        total = sum(retry.seconds for retry in self.retries.values())
        return total / successes if successes else inf


def summary(cells: Sequence[CellResults], until: float | None) -> dict[str, list[object]]:
    """A line for each cell."""
    lines = [_line(cell, until) for cell in cells]
    return {name: [line[name] for line in lines] for name in lines[0]}


def all_runs(cells: Sequence[CellResults]) -> dict[str, list[object]]:
    """A line for each run."""
    lines: list[dict[str, object]] = [
        {**cell.varied, "seed": run.seed, "mse": run.mse, "failed": run.failed, "seconds_together": run.seconds}
        for cell in cells
        for run in cell.runs
    ]
    return {name: [line[name] for line in lines] for name in lines[0]}


def _line(cell: CellResults, until: float | None) -> dict[str, object]:
    rate = cell.failures()
    line: dict[str, object] = {**cell.varied, "runs": rate.trainings, "failed": rate.failed, "failure_rate": rate.value}
    line |= dict(zip(("failure_rate_low", "failure_rate_high"), rate.interval, strict=True))
    line |= dict(zip(("mse_low", "mse_median", "mse_high"), cell.errors(), strict=True))
    line |= dict(zip(("seconds_low", "seconds_median", "seconds_high"), cell.seconds(), strict=True))
    if until is not None:
        line["missed_rate"] = cell.misses(until).value
        line |= {"predicted_seconds": cell.predicted_seconds(until), "measured_seconds": cell.measured_seconds()}
    return line | {"run_id": cell.run_id}


def as_csv(table: Mapping[str, Sequence[object]]) -> str:
    """A table by columns as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([list(table), *zip(*table.values(), strict=True)])
    return text.getvalue()
