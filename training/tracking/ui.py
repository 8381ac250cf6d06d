"""MLflow's UI, opened where the trainings are: `mlflow ui` alone opens elsewhere, and not always on the same store."""

import os
import socket
import subprocess
import sys
import time
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from mlflow import MlflowClient
from pydantic import Field

from training.errors import InvalidParameter
from training.parameters.command_line import CommandLine
from training.tracking import experiment, store

_SECONDS_TO_START = 120.0
# Ports that are offered in place of one that is taken.
_OFFERED = 100


def _by_environment(name: str, otherwise: object) -> Callable[[], Any]:
    """The default of `mlflow ui`. Help shows the name of a factory in place of a default."""

    def default() -> Any:
        return os.environ.get(name) or otherwise

    default.__name__ = f"{name} or {otherwise}"
    return default


class UiConfig(CommandLine):
    """Show the runs in MLflow's UI, of the store that MLFLOW_TRACKING_URI names, or of the one in this folder."""

    module: ClassVar[str] = "training.ui"

    host: str = Field(
        default_factory=_by_environment("MLFLOW_HOST", experiment.HOST), min_length=1, description="where it listens"
    )
    port: int = Field(
        default_factory=_by_environment("MLFLOW_PORT", experiment.PORT),
        ge=1,
        le=65_535,
        validate_default=True,
        description="where it listens",
    )


def show(config: UiConfig) -> str:
    """Start the UI of a local store, or find that of a server, and open it; returns a last line when it has ended.

    Raises:
        InvalidParameter: the port is in use.
        StoreUnavailable: the store cannot be reached.
    """
    uri = store.absolute(store.current())
    if store.is_server(uri):
        address = experiment.address(_experiment())
        _open(address)
        return f"the runs are on {address}"
    base = f"http://{config.host}:{config.port}"
    address = experiment.address(_experiment(), base=base)
    _refuse_taken(config, address)
    with _listening(config, uri) as server:
        print(f"The runs are on {address} (Ctrl-C ends it)", flush=True)
        _open(address)
        server.wait()
    return "the UI has ended"


def _experiment() -> str:
    """The experiment of the newest run, wherever it went; the user's choice comes first. The Makefile's is none."""
    if chosen := os.environ.get("MLFLOW_EXPERIMENT_ID"):
        return chosen
    if (name := os.environ.get("MLFLOW_EXPERIMENT_NAME", experiment.NAME)) != experiment.NAME:
        return experiment.ensure(name)
    client = MlflowClient()
    every = [found.experiment_id for found in client.search_experiments()]
    of_project = "tags.repeat LIKE 'python -m training.%'"
    newest = client.search_runs(every, of_project, max_results=1, order_by=["attributes.start_time DESC"])
    return newest[0].info.experiment_id if newest else experiment.ensure(experiment.NAME)


def _refuse_taken(config: UiConfig, address: str) -> None:
    if not _answers(config.host, config.port):
        return
    others = range(config.port + 1, min(config.port + _OFFERED, 65_536))
    other = next((port for port in others if not _answers(config.host, port)), None)
    offer = f"; `make ui ARGS=--port={other}` takes another" if other else ""
    raise InvalidParameter(f"port: {config.port} is in use; if that is MLflow's UI, the runs are on {address}{offer}")


def _answers(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


@contextmanager
def _listening(config: UiConfig, uri: str) -> Iterator["subprocess.Popen[bytes]"]:
    """MLflow's server, which answers; it ends with the body, Ctrl-C included."""
    command = [sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", uri, "--workers", "1"]
    # Its line for each request would carry the address out of sight.
    command += ["--uvicorn-opts", "--log-level warning"]
    command += ["--host", config.host, "--port", str(config.port)]
    # No jobs of GenAI: their runner would take as long to start as all else.
    own = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"} | os.environ
    with subprocess.Popen(command, env=own) as server:  # noqa: S603
        deadline = time.monotonic() + _SECONDS_TO_START
        try:
            while not _answers(config.host, config.port):
                if server.poll() is not None or time.monotonic() > deadline:
                    raise InvalidParameter(f"host, port: MLflow's UI does not start on {config.host}:{config.port}")
                time.sleep(0.1)
            yield server
        except KeyboardInterrupt:
            pass
        finally:
            server.terminate()


def _open(address: str) -> None:
    """Open a browser, where somebody sits before one: others would open in the terminal, or nowhere."""
    has_windows = sys.platform in ("darwin", "win32") or "DISPLAY" in os.environ or "WAYLAND_DISPLAY" in os.environ
    if sys.stdout.isatty() and has_windows:
        webbrowser.open(address)
