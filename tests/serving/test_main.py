"""The command: what it is given, what it refuses in a line, and what it hands to its workers."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from serving.__main__ import _as_environment
from serving.settings import Settings
from tests.support.service import serving


def test_nothing_registered_yet(tmp_path: Path, environment: dict[str, str], project: Path) -> None:
    empty = environment | {"PYTHONPATH": str(project)}
    with serving(tmp_path, empty) as service:
        assert service.client.get("/health/live").status_code == 200
        answer = service.client.get("/health/ready")
        assert answer.status_code == 503
        assert answer.json() == {
            "detail": "no registered model has the alias 'champion' yet: fit a function first",
        }
        assert service.client.get("/models").json() == []


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--port=abc", "error: port: Input should be a valid integer, .*, not 'abc'"),
        ("--max_points=0", "error: max_points: Input should be greater than or equal to 1, not '0'"),
        ("--tracking_uri=foo://x", "error: tracking_uri: .*unsupported URI 'foo://x'"),
        ("--tracking_uri=sqlite:///README.md", "error: tracking_uri: .*file is not a database"),
    ],
)
def test_a_wrong_setting_is_one_line(argument: str, message: str, environment: dict[str, str], project: Path) -> None:
    command = [sys.executable, "-m", "serving", argument]
    finished = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert finished.returncode == os.EX_USAGE
    assert re.fullmatch(f"{message}.*\n", finished.stderr)


def test_a_port_that_is_taken_is_one_line_with_what_to_type(environment: dict[str, str], project: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "serving", f"--port={port}"]
        finished = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert finished.returncode == os.EX_USAGE
    offered = re.fullmatch(
        rf"error: port: {port} is in use; `make serve ARGS=--port=(\d+)` takes another\n", finished.stderr
    )
    assert offered is not None
    socket.create_server(("127.0.0.1", int(offered[1]))).close()


@pytest.mark.parametrize(
    "settings",
    [
        Settings(),
        Settings(api_keys=SecretStr("a,b"), webhook_secret=SecretStr("c"), api_keys_file=Path("keys"), port=0),
        Settings(tracking_uri="sqlite:////a b.db", trusted_hosts="*", max_seconds=0.1, workers=3),
    ],
)
def test_workers_have_the_settings_of_the_command(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in _as_environment(settings).items():
        monkeypatch.setenv(name, value)
    assert Settings() == settings
