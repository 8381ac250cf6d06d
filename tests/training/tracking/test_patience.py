"""A store that goes away in the middle: an MLflow server that is killed, and a database that another process locks."""

import errno
import os
import re
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import mlflow
import pytest
from mlflow.exceptions import MlflowException
from mlflow.protos import databricks_pb2
from requests import ConnectionError as NoConnection

from tests.support.mlflow_server import Server, mlflow_server
from training.errors import InvalidParameter, StoreUnavailable
from training.fit import fit
from training.pipelines.sweep import sweep
from training.regression.config import FitConfig
from training.sweeps.config import SweepConfig
from training.tracking import patience as module
from training.tracking.patience import patiently

FIT = FitConfig(points=201, epochs=40, batch_size=20, champion="always")


class Flaky:
    """A request that fails some times, with a reason, before it is answered."""

    def __init__(self, failures: int, reason: Exception):
        self.failures, self.reason, self.asked = failures, reason, 0

    def __call__(self) -> str:
        self.asked += 1
        if self.asked <= self.failures:
            raise self.reason
        return "answered"


def http_error(status: str) -> MlflowException:
    return MlflowException("the server's words", error_code=getattr(databricks_pb2, status))


@pytest.mark.parametrize(
    "reason",
    [
        NoConnection("refused"),
        MlflowException("API request to http://x failed with exception: too many 503 error responses"),
        http_error("TEMPORARILY_UNAVAILABLE"),
        http_error("REQUEST_LIMIT_EXCEEDED"),
        sqlite3.OperationalError("database is locked"),
        OSError(errno.ESTALE, "Stale file handle"),
    ],
)
def test_what_passes_is_waited_for(store: str, caplog: pytest.LogCaptureFixture, reason: Exception) -> None:
    request = Flaky(1, reason)
    assert patiently(request) == "answered"
    assert request.asked == 2
    (record,) = caplog.records
    assert re.fullmatch(
        r"the MLflow store .* does not answer: .*; trying again for up to 10 min, nothing is lost", record.message
    )


@pytest.mark.parametrize(
    "reason",
    [
        http_error("INVALID_PARAMETER_VALUE"),
        http_error("PERMISSION_DENIED"),
        MlflowException("(sqlite3.OperationalError) database or disk is full"),
        MlflowException("(sqlite3.OperationalError) attempt to write a readonly database"),
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EROFS, "Read-only file system"),
        PermissionError(errno.EACCES, "Permission denied"),
    ],
)
def test_what_lasts_is_told_at_once(store: str, reason: Exception) -> None:
    request = Flaky(1, reason)
    with pytest.raises(StoreUnavailable, match="cannot be used: ") as raised:
        patiently(request)
    assert request.asked == 1
    assert "\n" not in str(raised.value)


def test_a_bug_is_no_store_that_is_away(store: str) -> None:
    with pytest.raises(ZeroDivisionError):
        patiently(Flaky(1, ZeroDivisionError()))


def test_patience_ends(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(module.PATIENCE, "0.3")
    began = time.monotonic()
    with pytest.raises(StoreUnavailable, match=r"cannot be used: .*refused.* \(tried for \d s\)"):
        patiently(Flaky(100, NoConnection("Connection refused")))
    assert 0.3 <= time.monotonic() - began < 5


@pytest.mark.parametrize("text", ["soon", "-1", "nan", "inf", ""])
def test_a_patience_that_is_no_number(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(module.PATIENCE, text)
    with pytest.raises(InvalidParameter, match=f"^{module.PATIENCE}: expected seconds, 0 or more, not '{text}'$"):
        module.patience()


def test_the_user_s_settings_of_mlflow_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "5")
    monkeypatch.delenv("MLFLOW_HTTP_REQUEST_TIMEOUT", raising=False)
    module.leave_waiting_to_us()
    assert os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] == "5"
    assert os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] == "20"


def test_a_request_that_hangs_is_told(
    store: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SECONDS_TO_FIRST_LINE", 0.1)
    monkeypatch.setattr(module, "_SECONDS_BETWEEN_LINES", 0.1)
    patiently(lambda: time.sleep(0.6))
    assert len(caplog.records) >= 2
    assert re.search(r"the MLflow store sqlite:.* has not answered for \d+ s; still waiting", caplog.text)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    (folder / "mlflow.db").write_bytes(empty_database.read_bytes())
    with mlflow_server(folder, f"sqlite:///{folder}/mlflow.db") as running:
        yield running


@pytest.fixture
def logging_to(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.uri)
    monkeypatch.delenv("MLFLOW_EXPERIMENT_ID", raising=False)
    return server


def test_a_server_that_is_killed_and_started_again_costs_a_fit_nothing(
    logging_to: Server, caplog: pytest.LogCaptureFixture
) -> None:
    result = fit(FIT, lambda *_: logging_to.restart())
    assert "the connection is refused: nothing listens there; trying again for up to 10 min" in caplog.text
    assert mlflow.MlflowClient().get_run(result.run_id).info.status == "FINISHED"
    assert result.registered
    assert (result.registered.version, result.registered.champion) == (1, True)


def test_what_could_not_be_logged_is_not_trained_again(
    logging_to: Server, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that hangs for longer than is waited for, and the same command when it answers."""
    abandoned: list[str] = []

    def hang(_: object, run_id: str) -> None:
        abandoned.append(run_id)
        monkeypatch.setenv(module.PATIENCE, "0")
        monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
        monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        logging_to.signal(signal.SIGSTOP)

    try:
        with pytest.raises(StoreUnavailable, match=r"not answered in time.*; the same command goes on from what is"):
            fit(FIT, hang)
    finally:
        logging_to.signal(signal.SIGCONT)
    assert mlflow.active_run() is None
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "60")
    monkeypatch.delenv(module.PATIENCE)
    resumed = fit(FIT)
    assert "resuming from the checkpoint" in caplog.text
    left = mlflow.MlflowClient().get_run(abandoned[0])
    assert left.info.status == "FAILED"
    # They are those of the training that was not logged.
    assert resumed.metrics["seconds"] == left.data.metrics["seconds"]
    assert resumed.metrics["mse"] == left.data.metrics["mse"]


def test_a_server_that_hangs_for_a_while_costs_a_study_nothing(
    logging_to: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While its workers train and log: requests that are given up are done by the server all the same, later."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "4")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    config = SweepConfig(values="3:8:1", runs=2, points=201, epochs=5, repeats=1, workers=2)

    def interrupt() -> None:
        while not started(logging_to.folder / "mlflow.db"):
            time.sleep(0.05)
        logging_to.signal(signal.SIGSTOP)
        time.sleep(6)
        logging_to.signal(signal.SIGCONT)

    killer = threading.Thread(target=interrupt)
    killer.start()
    result = sweep(config)
    killer.join()
    client = mlflow.MlflowClient()
    run = client.get_run(result.run_id)
    children = client.search_runs([run.info.experiment_id], f"tags.`mlflow.parentRunId` = '{result.run_id}'")
    # One whose beginning was given up may have begun twice.
    assert {child.info.status for child in children} <= {"FINISHED", "FAILED"}
    finished = [child.data.params["hidden"] for child in children if child.info.status == "FINISHED"]
    assert sorted(finished) == [f"{n},{n}" for n in range(3, 9)]
    assert [len(cell.runs) for cell in result.cells] == [2] * 6
    assert run.info.status == "FINISHED"


def started(database: Path) -> int:
    """Children of studies."""
    with closing(sqlite3.connect(database)) as opened:
        (count,) = opened.execute("SELECT COUNT(*) FROM tags WHERE key = 'worker'").fetchone()
        return int(count)
