"""The tasks of a study, what is left of them, and what becomes of what comes back."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Never

import mlflow
import pytest
from mlflow import MlflowClient
from tqdm import tqdm

from training.errors import InvalidParameter
from training.runtime import checkpoints
from training.sweeps import children
from training.sweeps.config import SweepConfig
from training.sweeps.sweep_task import ALONE
from training.sweeps.work import RUNS_TOGETHER, Work, cell_tasks
from training.tracking import tracking

TINY: dict[str, Any] = {"points": 50, "epochs": 2, "runs": 2, "repeats": 2, "workers": 1, "hidden": "3"}


def config(**given: Any) -> SweepConfig:
    return SweepConfig.model_validate(TINY | {"vary": "hidden", "values": "3,4"} | given)


def begun(of: SweepConfig) -> Work:
    """A study whose run is there."""
    run_id: str = MlflowClient().create_run("0", tags={children.STUDY: of.digest}).info.run_id
    return Work(of, cell_tasks(of), run_id)


@contextmanager
def bar() -> Iterator["tqdm[Never]"]:
    with tqdm(disable=True) as made:
        yield made


def done(work: Work) -> Work:
    with bar() as shown:
        work.train(shown)
        work.time(shown)
    return work


def child(work: Work, of: SweepConfig, cell: int, **steps: list[float]) -> str:
    """A finished child of a study that was stopped, with its metrics by step."""
    client, (fit, _) = MlflowClient(), list(cell_tasks(of).items())[cell]
    parent = client.create_run("0", tags={children.STUDY: of.digest}).info.run_id
    client.set_terminated(parent, "FAILED")
    run_id: str = client.create_run("0", tags={"mlflow.parentRunId": parent, children.FIT: fit}).info.run_id
    table = {"seed": [0, 1], "mse": [0.25, 0.5], "failed": [0, 1], "seconds": [1.0, 1.0]}
    client.log_table(run_id, table, f"{tracking.MEMBERS}.json")
    for key, values in steps.items():
        for step, value in enumerate(values):
            client.log_metric(run_id, key, value, step=step)
    client.set_terminated(run_id)
    return run_id


def test_all_runs_of_all_cells_are_tasks_and_many_are_cut() -> None:
    of = config(runs=2 * RUNS_TOGETHER + 1)
    found = [(task.cell, task.config.seed, task.config.runs) for task in cell_tasks(of).values()]
    assert found == [
        (cell, start, runs)
        for cell in (0, 1)
        for start, runs in ((0, RUNS_TOGETHER), (RUNS_TOGETHER, RUNS_TOGETHER), (2 * RUNS_TOGETHER, 1))
    ]


def test_a_task_is_named_by_what_its_weights_follow_from() -> None:
    of = config()
    assert list(cell_tasks(of)) == [checkpoints.digest(fit) for fit in of.fits]
    assert not set(cell_tasks(of)) & set(cell_tasks(config(seed=7)))
    assert set(cell_tasks(of)) == set(cell_tasks(config(repeats=5)))


def test_many_functions_are_looked_at_by_the_workers() -> None:
    """And named as they would be here."""
    of = config(vary="target", values=",".join(f"sin({n}*x)" for n in range(1, 11)))
    assert list(cell_tasks(of)) == [checkpoints.digest(fit) for fit in of.fits]


def test_a_function_that_cannot_be_sampled_is_refused_before_any_work() -> None:
    with pytest.raises(InvalidParameter, match="1/x"):
        cell_tasks(config(vary="target", values="sin(x),1/x"))


def test_what_is_done_is_no_longer_left(store: str) -> None:
    work = begun(config())
    assert work.left == 2 * 2 + 2 * 2  # runs, and times of the first run of each cell
    done(work)
    assert work.left == 0
    assert [[run.seed for run in cell.runs] for cell in work.cells] == [[0, 1], [0, 1]]
    assert [sorted(cell.alone) for cell in work.cells] == [[0, 1], [0, 1]]
    assert work.children == {cell.run_id for cell in work.cells}
    assert work.seconds_here > 0
    assert work.seconds_in_workers > 0
    for cell in work.cells:
        history = MlflowClient().get_metric_history(cell.run_id, ALONE)
        assert {metric.step: metric.value for metric in history} == cell.alone


def test_a_solver_is_timed_where_it_trains(store: str) -> None:
    work = begun(config(vary="target", values="sin(x),exp(x)", optimizer="lm"))
    assert work.left == 2 * 2
    done(work)
    for cell in work.cells:
        assert sorted(cell.alone) == [0, 1]
        assert cell.alone[0] == cell.runs[0].seconds


def test_a_cell_that_never_succeeds_is_not_retried(store: str) -> None:
    """By far not with a thousand times the amplitude after two epochs."""
    work = begun(config(vary="target", values="sin(x),1000*sin(3*x)", retry_until=1, repeats=1))
    assert work.left == 2 * 2 + 2 + 2
    done(work)
    good, bad = work.cells
    assert min(run.mse for run in bad.runs) > 1 > min(run.mse for run in good.runs)
    assert bad.retries == {}
    assert good.retries[0].succeeded
    logged = MlflowClient().get_run(good.run_id).data.metrics
    assert logged["retry_seconds"] == good.retries[0].seconds
    assert (logged["retry_trainings"], logged["retry_succeeded"]) == (good.retries[0].trainings, 1)


def test_what_a_stopped_study_has_finished_is_taken_over(store: str) -> None:
    of = config(retry_until=0.1)
    work = begun(of)
    run_id = child(work, of, 1, seconds_alone=[3.0], retry_seconds=[9.0], retry_trainings=[4], retry_succeeded=[1])
    before = work.left
    work.take_over()
    first, second = work.cells
    assert (first.children, first.runs) == ({}, [])
    assert (second.run_id, [run.mse for run in second.runs]) == (run_id, [0.25, 0.5])
    assert second.alone == {0: 3.0}
    assert (second.retries[0].seconds, second.retries[0].trainings, second.retries[0].succeeded) == (9.0, 4, True)
    # Its runs, its first time, and all its retries: it has no run that is as good.
    assert work.left == before - 2 - 1 - 2


def test_a_child_counts_once_however_often_it_was_made(store: str) -> None:
    of = config()
    work = begun(of)
    made = {child(work, of, 0), child(work, of, 0)}
    work.take_over()
    assert len(work.cells[0].runs) == 2
    assert work.children < made


def test_children_of_one_cell_are_named_by_their_seeds(store: str) -> None:
    of = config(runs=RUNS_TOGETHER + 1, points=20, epochs=1, repeats=0, values="3")
    work = done(begun(of))
    (cell,) = work.cells
    names = {mlflow.get_run(run_id).info.run_name for run_id in work.children}
    assert names == {f"hidden=3, seeds 0 to {RUNS_TOGETHER - 1}", f"hidden=3, seeds {RUNS_TOGETHER} to {RUNS_TOGETHER}"}
    assert [run.seed for run in cell.runs] == list(range(RUNS_TOGETHER + 1))
    assert cell.run_id == cell.children[0]
