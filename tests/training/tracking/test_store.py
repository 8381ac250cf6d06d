"""Stores that do not answer, each in its own way; what is said of them, and within what time."""

import http.server
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.support.processes import free_port
from training.errors import StoreUnavailable
from training.tracking import store as module

SECRET = "pa55"


@contextmanager
def answering(status: int) -> Iterator[str]:
    """A server that has nothing but a status."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@contextmanager
def silent() -> Iterator[str]:
    """A port that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def complaint() -> str:
    """What is wrong with the store, as a user reads it."""
    with pytest.raises(StoreUnavailable, match="cannot be used: ") as raised:
        module.check()
    text = str(raised.value)
    assert "\n" not in text
    assert SECRET not in text
    return text


@pytest.mark.parametrize(
    ("uri", "found"),
    [
        ("", ["mlflow.store.tracking.sqlalchemy_store"]),
        ("postgresql://u@h/d", ["mlflow.store.tracking.sqlalchemy_store"]),
        ("http://h:5000", []),
    ],
)
def test_what_the_store_needs(uri: str, found: list[str]) -> None:
    code = "from training.tracking import store; import sys; print(store.needed_modules(), 'mlflow' in sys.modules)"
    own = os.environ | {"MLFLOW_TRACKING_URI": uri}
    said = subprocess.run([sys.executable, "-c", code], env=own, check=True, capture_output=True, text=True).stdout
    assert said == f"{found} False\n"


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (401, "it refuses the credentials; MLFLOW_TRACKING_USERNAME and"),
        (403, "it refuses the credentials"),
        (404, "it answers with status 404"),
        (500, "it answers with status 500"),
        (503, "it answers with status 503"),
    ],
)
def test_a_server_that_refuses(store: str, monkeypatch: pytest.MonkeyPatch, status: int, reason: str) -> None:
    with answering(status) as uri:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        assert complaint().startswith(f"the MLflow store {uri} cannot be used: {reason}")


def test_a_server_that_is_not_there(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://me:{SECRET}@127.0.0.1:{port}")
    reason = "the connection is refused: nothing listens there"
    assert complaint() == f"the MLflow store http://me:***@127.0.0.1:{port} cannot be used: {reason}"


def test_a_name_that_does_not_resolve(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://no-such-host.invalid:5000")
    assert complaint().endswith("http://no-such-host.invalid:5000 cannot be used: its name does not resolve")


def test_a_port_that_never_answers_is_told_within_ten_seconds(
    store: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "6")
    with silent() as uri:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        began = time.monotonic()
        assert "it has not answered in time" in complaint()
        assert time.monotonic() - began < 10
    assert caplog.messages == [f"the MLflow store {uri} has not answered yet; waiting for up to 6 s"]


def test_a_database_that_never_answers(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("psycopg2")
    monkeypatch.setattr(module, "_SECONDS_TO_FIRST_LINE", 0.2)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    with silent() as uri:
        address = uri.removeprefix("http://")
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"postgresql+psycopg2://me:{SECRET}@{address}/mlflow")
        assert complaint().endswith(
            f"://me:***@{address}/mlflow cannot be used: it has not answered in time (tried for 1 s)"
        )


def test_a_database_that_another_process_has_locked(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    with closing(sqlite3.connect(store.removeprefix("sqlite:///"))) as other:
        other.execute("BEGIN IMMEDIATE")
        assert complaint() == f"the MLflow store {store} cannot be used: the database is locked by another process"
        other.rollback()
        module.check()


def test_a_database_that_can_not_be_opened(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:////proc/no/mlflow.db")
    assert complaint().endswith("sqlite:////proc/no/mlflow.db cannot be used: unable to open database file")


def test_the_same_sqlite_file_from_every_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "100% my fits"
    folder.mkdir()
    monkeypatch.chdir(folder)
    uri = module.absolute("sqlite:///mlflow.db")
    assert module.sqlite_path(uri) == str(folder / "mlflow.db")
    assert module.absolute(uri) == uri
    assert module.absolute("http://host:5000") == "http://host:5000"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgresql://me:pa55@host/db", "postgresql://me:***@host/db"),
        ("http://me:p%40s@host:5000/a: refused", "http://me:***@host:5000/a: refused"),
        ("http://host:5000/@a", "http://host:5000/@a"),
        ("sqlite:////tmp/mlflow.db", "sqlite:////tmp/mlflow.db"),
    ],
)
def test_passwords_are_not_shown(text: str, expected: str) -> None:
    assert module.shown(text) == expected


def test_a_launcher_asks_first(store: str, tmp_path: Path) -> None:
    """As `make fit` does: one line, and an exit status; and the experiment is there for the launcher."""
    own = os.environ | {"MLFLOW_EXPERIMENT_NAME": "mine", "PYTHONPATH": str(Path(module.__file__).parents[2])}
    command = [sys.executable, "-m", "training.tracking"]
    subprocess.run(command, env=own, check=True)
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as database:
        assert ("mine",) in database.execute("SELECT name FROM experiments").fetchall()
    own["MLFLOW_TRACKING_URI"] = f"http://127.0.0.1:{free_port()}"
    refused = subprocess.run(command, env=own, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert "nothing listens there" in refused.stderr
