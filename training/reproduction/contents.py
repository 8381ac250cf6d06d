"""All that is on the page: the figures with their captions and numbers, and the answers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.parallel.executor import Workers, execute
from training.reproduction import derivative_figures
from training.reproduction.answers import Answer
from training.reproduction.derivative_figures import Networks, TrainedNetwork
from training.reproduction.drawings import Shown, draw, png
from training.reproduction.figures import FIGURES, Derivatives
from training.reproduction.needs import Budget, merged
from training.reproduction.questions import QUESTIONS
from training.reproduction.results import Results
from training.reproduction.trainings import Runs, do, load, outcomes, tasks
from training.runtime import cores


@dataclass(frozen=True)
class Contents:
    """What the page has, by the study's numbers; `own` are the figures of answers that have one of their own."""

    budget: Budget
    figures: Mapping[int, Shown]
    answers: Mapping[int, Answer]
    own: Mapping[int, bytes]

    @property
    def metrics(self) -> Mapping[str, float]:
        """The metrics of all answers, with the number of the question."""
        return {
            f"q{number}_{name}": value
            for number, answer in self.answers.items()
            for name, value in answer.metrics.items()
        }


@dataclass(frozen=True)
class Finished:
    """What is finished: the outcomes of all trainings, and the networks of figures 42 to 50 with their drawings."""

    results: Results
    networks: Networks

    @classmethod
    def of(cls, budget: Budget, folder: Path) -> "Finished":
        """What the folder has."""
        networks = [(task.network, load(folder / task.name)) for task in _networks(budget)]
        return cls(Results(budget, outcomes(_runs(budget), folder)), networks)

    def drawn(self, number: int) -> Shown:
        """A figure."""
        drawn = FIGURES[number]
        if isinstance(drawn, Derivatives):
            return derivative_figures.shown(number, drawn, self.networks)
        return draw(drawn, self.results)


def contents(budget: Budget, folder: Path, workers: Workers) -> Contents:
    """Train what is missing in the folder, and draw and answer everything."""
    do([*_runs(budget), *_networks(budget)], folder, workers)
    # The folder is on this machine, and so are those who draw.
    parts = [(budget, folder, part) for part in _parts(list(FIGURES), cores.usable())]
    figures = {number: shown for _, each in execute(_draw, parts, Workers()) for number, shown in each.items()}
    results = Finished.of(budget, folder).results
    answers = {number: question.answer(results) for number, question in QUESTIONS.items()}
    own = {number: png(answer.figure) for number, answer in answers.items() if answer.figure}
    return Contents(budget, dict(sorted(figures.items())), answers, own)


def _runs(budget: Budget) -> list[Runs]:
    asked = [need for asking in (*FIGURES.values(), *QUESTIONS.values()) for need in asking.needs(budget)]
    return [task for need in merged(map(budget.needed, asked)) for task in tasks(need)]


def _networks(budget: Budget) -> list[TrainedNetwork]:
    return [TrainedNetwork(network, budget.points(10_001)) for network in budget.networks]


def _parts(numbers: list[int], count: int) -> list[list[int]]:
    return [numbers[start::count] for start in range(count)]


def _draw(task: tuple[Budget, Path, list[int]]) -> dict[int, Shown]:
    """What a worker draws."""
    budget, folder, numbers = task
    finished = Finished.of(budget, folder)
    return {number: finished.drawn(number).as_file() for number in numbers}


def table(figures: Mapping[int, Shown]) -> Iterable[Sequence[object]]:
    """The numbers of all figures, a line for each value."""
    yield "figure", "value", "quantity", "runs", "low", "median", "high", "failed"
    for number, shown in figures.items():
        for row in shown.rows:
            s = row.spread
            yield number, row.value, row.quantity, row.runs, s.low, s.median, s.high, row.failed
