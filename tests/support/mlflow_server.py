"""MLflow's server in a process of its own, which can be killed, started again, and be made to hang."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.support.processes import free_port


class Server:
    """A server on a store in a folder; its address stays the same."""

    def __init__(self, folder: Path, backend: str):
        port = free_port()
        self.uri, self.folder = f"http://127.0.0.1:{port}", folder
        mlflow = Path(sys.executable).parent / "mlflow"
        self._command = [str(mlflow), "server", "--host=127.0.0.1", f"--port={port}", "--workers=1"]
        self._command += [f"--backend-store-uri={backend}", f"--artifacts-destination={folder / 'artifacts'}"]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Return when it answers."""
        own = os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
        with (self.folder / "mlflow.log").open("a") as log:
            self._process = subprocess.Popen(
                self._command, cwd=self.folder, env=own, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                httpx.get(f"{self.uri}/health")
            except httpx.TransportError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError(f"nothing answers at {self.uri}")

    def kill(self) -> None:
        """Without a farewell, as a machine that loses its power."""
        if self._process:
            self.signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Kill it, and start it again while the caller goes on."""
        self.kill()
        threading.Thread(target=self.start).start()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal; SIGSTOP makes it accept connections and not answer, until SIGCONT."""
        assert self._process, "it has been started"
        os.killpg(self._process.pid, number)


@contextmanager
def mlflow_server(folder: Path, backend: str) -> Iterator[Server]:
    """A server that answers."""
    server = Server(folder, backend)
    try:
        server.start()
        yield server
    finally:
        server.kill()
