"""Servers in processes of their own, which answer before a test goes on, and end with it."""

import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

# What starts beside other tests has little of the processor.
_SECONDS_TO_START = 300


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def running(
    command: Sequence[str], url: str, folder: Path, environment: Mapping[str, str] | None = None
) -> Iterator[None]:
    """A command that answers at the url; it and all that it has started end with the body, or where it does not."""
    with subprocess.Popen(command, cwd=folder, env=environment, start_new_session=True) as process:
        try:
            _wait_for(url, process)
            yield
        finally:
            subprocess.run(["pkill", "--session", str(process.pid)], check=False)


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(url)
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError(f"nothing answers at {url}")
