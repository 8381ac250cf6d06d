"""A study whose workers log to an MLflow server on a real PostgreSQL, both in temporary folders."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest

from tests.support.processes import free_port, running
from training.pipelines.sweep import sweep
from training.sweeps.config import SweepConfig

# Where Debian has them, and where others do.
BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin")) or [
    Path(found).parent for found in [shutil.which("initdb")] if found
]

pytestmark = pytest.mark.skipif(not BINARIES, reason="PostgreSQL's initdb and postgres are not installed")


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """The URI of an empty database behind a socket in its folder; no port is opened."""
    # PostgreSQL does not run as root, and pytest's own folders are for their owner alone.
    user = "nobody" if os.getuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    if user:
        shutil.chown(folder, user)
    data = str(folder / "data")
    initialize = [str(BINARIES[-1] / "initdb"), "-D", data, "--username=derivable", "--auth=trust", "--no-sync"]
    subprocess.run(initialize, user=user, check=True, capture_output=True, cwd=folder)
    start = [str(BINARIES[-1] / "postgres"), "-D", data, "-k", str(folder), "-c", "listen_addresses=", "-F"]
    log = (folder / "log").open("w")
    with log, subprocess.Popen(start, user=user, stderr=log, cwd=folder) as server:
        try:
            yield f"postgresql+psycopg2://derivable@/postgres?host={folder}"
        finally:
            server.send_signal(signal.SIGINT)  # whoever is still connected is not waited for
    shutil.rmtree(folder)


@pytest.fixture
def server(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An MLflow server on the database, named by MLFLOW_TRACKING_URI."""
    port = free_port()
    command = [
        str(Path(sys.executable).parent / "mlflow"),
        "server",
        "--host=127.0.0.1",
        f"--port={port}",
        "--workers=1",
    ]
    command += [f"--backend-store-uri={database}", f"--artifacts-destination={tmp_path / 'artifacts'}"]
    uri = f"http://127.0.0.1:{port}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    with running(command, f"{uri}/health", tmp_path):
        yield uri


def test_two_workers_log_to_a_server_on_postgresql(server: str) -> None:
    result = sweep(SweepConfig(values="5,10,15,20", runs=3, points=201, epochs=5, repeats=1, workers=2))
    client = mlflow.MlflowClient()
    experiment_id = client.get_run(result.run_id).info.experiment_id
    children = client.search_runs([experiment_id], f"tags.`mlflow.parentRunId` = '{result.run_id}'")
    assert {child.data.params["hidden"] for child in children} == {"5,5", "10,10", "15,15", "20,20"}
    assert len({child.data.tags["worker"] for child in children}) == 2
    for child in children:
        assert child.info.status == "FINISHED"
        assert {"mse", "mse_median", "failure_rate", "seconds", "seconds_alone"} <= set(child.data.metrics)
        table = mlflow.artifacts.load_dict(f"{child.info.artifact_uri}/members.json")
        assert [row[table["columns"].index("seed")] for row in table["data"]] == [0, 1, 2]
    paths = {artifact.path for artifact in client.list_artifacts(result.run_id)}
    assert {"summary.csv", "difference.png", "time.png", "failure_rate.png"} <= paths
