"""Tasks on real worker processes, some of which are killed."""

import os
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from tests.support.environment import ROOT
from tests.support.tasks import Task, work
from training.parallel.executor import Workers, connected, execute

TWO = Workers(number=2)
_KILLED = """
import os, sys, time
from pathlib import Path
from training.parallel.executor import Workers, execute, prepare

def forever(folder):
    Path(folder, f"{os.getpid()}.pid").touch()
    time.sleep(3600)

if __name__ == "__main__":
    prepare("mailbox", Workers(number=2))
    list(execute(forever, [sys.argv[1]] * 2, Workers(number=2)))
"""


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


_PREPARED = """
import sys
from training.parallel.executor import Workers, execute, prepare

def imported(name):
    return name in sys.modules

if __name__ == "__main__":
    prepare("mailbox", Workers(number=2))
    print([found for _, found in execute(imported, ["mailbox", "wave"], Workers(number=2))], imported("mailbox"))
"""


def test_workers_have_what_they_were_prepared_with(tmp_path: Path) -> None:
    (tmp_path / "prepared.py").write_text(_PREPARED)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    found = subprocess.run(
        [sys.executable, tmp_path / "prepared.py"], env=environment, check=True, capture_output=True, text=True
    )
    assert found.stdout in ("[True, False] False\n", "[False, True] False\n")


def environment(name: str) -> str | None:
    return os.environ.get(name)


def test_workers_have_the_environment_of_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in ("1", "2"):
        monkeypatch.setenv("OF_THE_CALLER", value)
        assert [found for _, found in execute(environment, ["OF_THE_CALLER"] * 2, TWO)] == [value] * 2


def test_workers_end_with_a_caller_that_is_killed(tmp_path: Path) -> None:
    (tmp_path / "killed.py").write_text(_KILLED)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, tmp_path / "killed.py", tmp_path], env=environment, stderr=subprocess.PIPE
    ) as caller:
        assert caller.stderr is not None
        while len(list(tmp_path.glob("*.pid"))) < 2:
            time.sleep(0.02)
        caller.kill()
        # They have its standard error, too: it ends with the last of them.
        assert b"Traceback" not in caller.stderr.read()


def test_there_is_a_worker_for_each_core() -> None:
    with connected(Workers()) as number:
        assert number == len(os.sched_getaffinity(0))
    with connected(Workers(number=3)) as number:
        assert number == 3
