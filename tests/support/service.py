"""Starts the service as a user does, in a process of its own."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx


@dataclass(frozen=True)
class Service:
    """A running service and the file that it logs to."""

    url: str
    client: httpx.Client
    log: Path
    process: "subprocess.Popen[bytes]"


@contextmanager
def serving(folder: Path, environment: Mapping[str, str], *arguments: str) -> Iterator[Service]:
    """The service with the folder's store, on a free port."""
    log = folder / "service.log"
    command = [sys.executable, "-m", "serving", "--port=0", *arguments]
    with log.open("w") as output, subprocess.Popen(command, cwd=folder, env=environment, stderr=output) as process:
        try:
            url = _url(process, log)
            with httpx.Client(base_url=url, timeout=30) as client:
                _wait_for_models(client)
                yield Service(url, client, log, process)
        finally:
            process.terminate()


def _wait_for_models(client: httpx.Client) -> None:
    """The service listens before it has loaded what there is."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        # Workers take no connections yet when their parent says that it runs.
        with suppress(httpx.TransportError):
            if not re.search("being loaded|not been read", client.get("/health/ready").text):
                return
        time.sleep(0.05)


def _url(process: "subprocess.Popen[bytes]", log: Path) -> str:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and process.poll() is None:
        if match := re.search(r"running on (http://[\d.:]+)", log.read_text()):
            return match[1]
        time.sleep(0.05)
    raise AssertionError(f"the service did not start:\n{log.read_text()}")
