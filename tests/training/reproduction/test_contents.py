"""What a page has, from outcomes that lie in a folder."""

from pathlib import Path

import numpy as np
import pytest

from training.differentiation.study_networks import StudyNetwork
from training.reproduction.answers import Answer
from training.reproduction.contents import Contents, Finished, table
from training.reproduction.drawings import Row, Shown
from training.reproduction.figures import FIGURES, Derivatives
from training.reproduction.needs import Budget, merged
from training.reproduction.questions import QUESTIONS
from training.reproduction.statistics import Spread
from training.reproduction.trainings import Arrays, Runs, save, tasks

BUDGET = Budget(
    *(2, 2, 1),
    stride=50,
    time_stride=50,
    samples=0.001,
    epochs=0.02,
    networks=(StudyNetwork(4, 1, 50, dict.fromkeys(range(44, 51), 1)),),
)


def invented(task: Runs) -> Arrays:
    """Outcomes of a task, with its seed as the difference."""
    config = task.batch.config
    seeds = np.arange(config.seed, config.seed + config.runs)
    columns = {"seed": seeds, "mse": seeds.astype(float), "seconds": np.ones(config.runs), "failed": seeds > 0}
    errors = {f"error_d{order}": np.full(config.runs, 0.5) for order in range(3)}
    return {
        **{name: np.asarray(values) for name, values in (columns | errors).items()},
        "history": np.ones((config.runs, config.epochs)),
        "curve": np.zeros((config.runs, 1_001)),
    }


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    folder = tmp_path_factory.mktemp("trainings")
    asked = [need for asking in (*FIGURES.values(), *QUESTIONS.values()) for need in asking.needs(BUDGET)]
    for task in [task for need in merged(map(BUDGET.needed, asked)) for task in tasks(need)]:
        save(folder / task.name, invented(task))
    network = {f"figure_{number}": np.frombuffer(b"a file", np.uint8) for number in range(42, 51)}
    numbers = ("error", "fd_error", "fd_error_at_step", "best_step")
    sources = [f"{of}{name}" for of in ("", "function_") for name in numbers]
    measured = {f"{source}_d{order}": np.array(0.5) for source in sources for order in range(3)}
    save(folder / "derivatives_4.npz", {**network, **measured, "seconds": np.array(2.0), "mse": np.array(0.1)})
    return Finished.of(BUDGET, folder)


def test_all_that_figures_and_questions_ask_for_is_there(finished: Finished) -> None:
    for asking in (*FIGURES.values(), *QUESTIONS.values()):
        for need in asking.needs(BUDGET):
            alone = need.repeats > 0
            found = finished.results.alone(need.setting) if alone else finished.results.together(need.setting)
            assert len(found) >= need.runs


def test_one_of_each_kind_is_drawn_of_its_own_trainings(finished: Finished) -> None:
    kinds = {type(drawn): number for number, drawn in FIGURES.items()}
    assert len(kinds) == 7
    for kind, number in kinds.items():
        shown = finished.drawn(number)
        assert (shown.png == b"a file") == (kind is Derivatives)
        assert shown.caption.endswith(".")
    # All but the first seed are invented as failed; figure 15 has five seeds of the same setting.
    assert finished.drawn(16).measured.startswith("failed: 4 of 5 ")


def test_without_a_file_there_is_nothing_to_draw(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"\.npz"):
        Finished.of(BUDGET, tmp_path)


def test_metrics_have_the_numbers_of_their_questions() -> None:
    answers = {
        number: Answer("holds", "Yes.", "No.", [], [], metrics={"rate": number / 10, "gain": 2.0}) for number in (3, 10)
    }
    assert Contents(BUDGET, {}, answers, {}).metrics == {
        "q3_rate": 0.3,
        "q3_gain": 2.0,
        "q10_rate": 1.0,
        "q10_gain": 2.0,
    }


def test_the_table_has_a_line_for_each_row_of_each_figure() -> None:
    rows = [Row(10, "difference", 3, Spread(1, 2, 3), 1), Row(20, "difference", 2, Spread(4, 5, 6), 0)]
    shown = {7: Shown(b"", "", "", rows), 42: Shown(b"", "", "", [])}
    header, *lines = table(shown)
    assert len(header) == 8
    assert [tuple(line) for line in lines] == [
        (7, 10, "difference", 3, 1, 2, 3, 1),
        (7, 20, "difference", 2, 4, 5, 6, 0),
    ]
