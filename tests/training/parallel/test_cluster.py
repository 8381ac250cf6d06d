"""Tasks and studies on a Ray cluster of two nodes on loopback, whose workers are killed."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest

from tests.support.tasks import Task, work
from training.errors import InvalidParameter
from training.parallel.executor import Workers, connected, execute
from training.pipelines.sweep import sweep
from training.sweeps.config import SweepConfig

pytest.importorskip("ray", reason="the extra `ray` is not installed")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    """Two nodes with a worker each, connected for all tests of this file."""
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        # Ray lets its workers wait for all else, as here for the tests beside this one.
        patch.setenv("RAY_worker_niceness", "0")
        nodes = Cluster(
            True, head_node_args={"num_cpus": 1, "include_dashboard": False, "node_ip_address": "127.0.0.2"}
        )
        try:
            nodes.add_node(num_cpus=1, node_ip_address="127.0.0.3")
            workers = Workers("ray", address=nodes.address)
            before = signal.getsignal(signal.SIGTERM)
            with connected(workers) as number:
                assert number == 2
                assert signal.getsignal(signal.SIGTERM) is before
                yield workers
        finally:
            nodes.shutdown()


def test_a_worker_that_is_killed_loses_nothing_and_repeats_nothing(cluster: Workers, tmp_path: Path) -> None:
    tasks = [Task(number, tmp_path, deaths=2 if number == 3 else 0) for number in range(8)]
    answers = list(execute(work, tasks, cluster))
    assert sorted(task.number for task, _ in answers) == list(range(8))
    assert all(task.number == number for task, (number, _) in answers)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_study_on_two_nodes_whose_worker_is_killed_in_the_middle(cluster: Workers, store: str) -> None:
    config = SweepConfig(
        *(), values="5:15:5", runs=4, points=201, epochs=3_000, repeats=1, executor="ray", ray_address=cluster.address
    )
    killed = threading.Thread(target=kill_a_worker)
    killed.start()
    result = sweep(config)
    killed.join()
    client = mlflow.MlflowClient()
    children = client.search_runs(["0"], f"tags.`mlflow.parentRunId` = '{result.run_id}'")
    finished = [child for child in children if child.info.status == "FINISHED"]
    assert sorted(child.data.params["hidden"] for child in finished) == ["10,10", "15,15", "5,5"]
    assert [[run.seed for run in cell.runs] for cell in result.cells] == [[0, 1, 2, 3]] * 3
    assert all(len(cell.alone) == 1 for cell in result.cells)
    (left,) = [child for child in children if child.info.status != "FINISHED"]
    assert (left.info.status, left.data.tags["failure"]) == ("FAILED", "its worker died; its runs were done again")


def kill_a_worker() -> None:
    """One that has a child at work."""
    client = mlflow.MlflowClient()
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        for child in client.search_runs(["0"], "attributes.status = 'RUNNING'"):
            if "worker" in child.data.tags:
                os.kill(int(child.data.tags["worker"].rsplit(":", 1)[1]), signal.SIGKILL)
                return
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("127.0.0.1:1", "ray_address: nothing answers at '127.0.0.1:1': "),
        ("nowhere", "ray_address: expected HOST:PORT or ray://HOST:PORT, not 'nowhere'"),
    ],
)
def test_a_cluster_that_does_not_answer_is_named_before_any_run(store: str, address: str, reason: str) -> None:
    with pytest.raises(InvalidParameter, match=reason):
        sweep(SweepConfig(executor="ray", ray_address=address))
    assert mlflow.MlflowClient().search_runs(["0"]) == []
