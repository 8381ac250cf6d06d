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


def is_imported(name: str) -> bool:
    return name in sys.modules


# A script without a guard: workers that ran it, too, would begin workers of their own.
_PREPARED = """
from tests.training.parallel.test_executor import TWO, is_imported
from training.parallel.executor import execute, prepare
prepare(TWO, "mailbox")
print(dict(execute(is_imported, ["mailbox", "wave"], TWO)) == {"mailbox": True, "wave": False}, is_imported("mailbox"))
"""


# The path of a socket has an end.
@pytest.mark.parametrize("temporary", ["t", "t" * 107])
def test_workers_have_what_they_were_prepared_with(tmp_path: Path, temporary: str) -> None:
    (tmp_path / "prepared.py").write_text(_PREPARED)
    (tmp_path / temporary).mkdir()
    own = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path / temporary)}
    found = subprocess.run(
        [sys.executable, tmp_path / "prepared.py"], env=own, check=True, capture_output=True, text=True
    )
    assert found.stdout == "True False\n"


def environment(name: str) -> str | None:
    return os.environ.get(name)


def test_workers_have_the_environment_of_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in ("1", "2"):
        monkeypatch.setenv("OF_THE_CALLER", value)
        assert [found for _, found in execute(environment, ["OF_THE_CALLER"] * 2, TWO)] == [value] * 2


def wait(folder: Path) -> None:
    (folder / str(os.getpid())).touch()
    time.sleep(3600)


_WAITING = """
import sys
from pathlib import Path
from tests.training.parallel.test_executor import TWO, wait
from training.parallel.executor import execute
list(execute(wait, [Path(sys.argv[1])] * 2, TWO))
"""


def test_workers_end_with_a_caller_that_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _WAITING, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) as caller:
        assert caller.stderr is not None
        while len(list(tmp_path.iterdir())) < 2:
            time.sleep(0.02)
        caller.kill()
        # They have its standard error, too: it ends with the last of them.
        assert b"Traceback" not in caller.stderr.read()


def test_there_is_a_worker_for_each_core() -> None:
    with connected(Workers()) as number:
        assert number == len(os.sched_getaffinity(0))
    with connected(Workers(number=3)) as number:
        assert number == 3
