"""Tasks on real worker processes, some of which are killed."""

import os
import sys
import time
from collections import Counter
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from tests.support.tasks import Task, work
from training.parallel.executor import Workers, connected, execute, prepare

TWO = Workers(number=2)


def fail(task: Task) -> None:
    raise ZeroDivisionError(f"in task {task.number}")


def test_every_task_is_answered_once_by_several_processes(tmp_path: Path) -> None:
    tasks = [Task(number, tmp_path) for number in range(20)]
    answers = list(execute(work, tasks, TWO))
    assert sorted(task.number for task, _ in answers) == list(range(20))
    assert all(task.number == number for task, (number, _) in answers)
    processes = Counter(process for _, (_, process) in answers)
    assert len(processes) == 2
    assert os.getpid() not in processes


def test_a_worker_that_is_killed_loses_nothing_and_repeats_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tasks = [Task(number, tmp_path, deaths=2 if number == 5 else 0) for number in range(12)]
    answers = [task.number for task, _ in execute(work, tasks, TWO)]
    assert sorted(answers) == list(range(12))
    assert len(list(tmp_path.iterdir())) == 2
    assert caplog.text.count("a worker died; its tasks are done again") == 2


def test_a_task_that_always_takes_its_worker_down_ends_all(tmp_path: Path) -> None:
    with pytest.raises(BrokenProcessPool, match="unexpectedly terminated"):
        list(execute(work, [Task(0, tmp_path, deaths=100)] * 2, TWO))


def test_an_error_of_the_work_is_the_caller_s(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError, match="in task 3"):
        list(execute(fail, [Task(3, tmp_path)], TWO))


def test_workers_end_with_the_iterator(tmp_path: Path) -> None:
    answers = execute(work, [Task(number, tmp_path) for number in range(500)], TWO)
    _, (_, process) = next(answers)
    answers.close()
    deadline = time.monotonic() + 10
    while Path(f"/proc/{process}").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not Path(f"/proc/{process}").exists()


def imports(_: int) -> tuple[int, bool]:
    time.sleep(0.2)
    return os.getpid(), "mailbox" in sys.modules


def test_workers_import_beforehand_what_they_are_told() -> None:
    prepare("mailbox", TWO)
    found = dict(answer for _, answer in execute(imports, range(4), TWO))
    assert any(found.values()), "each, where it takes longer than to hand out the next task"
    assert "mailbox" not in sys.modules


def test_there_is_a_worker_for_each_core() -> None:
    with connected(Workers()) as number:
        assert number == len(os.sched_getaffinity(0))
    with connected(Workers(number=3)) as number:
        assert number == 3
