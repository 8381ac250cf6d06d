import json
from pathlib import Path

import mlflow
from mlflow import MlflowClient

from training.tracking import abandoned


def test_who_takes_a_folder_over_closes_the_run_before_and_those_below(store: str, tmp_path: Path) -> None:
    client = MlflowClient()
    before, after = (client.create_run("0").info.run_id for _ in range(2))
    below = client.create_run("0", tags={"mlflow.parentRunId": before}).info.run_id
    abandoned.take_over(tmp_path, before)
    abandoned.take_over(tmp_path, after)
    assert json.loads((tmp_path / "run.json").read_text()) == {"run_id": after}
    for run_id in (before, below):
        run = client.get_run(run_id)
        assert (run.info.status, run.data.tags["failure"]) == ("FAILED", f"killed; resumed by run {after}")
    assert client.get_run(after).info.status == "RUNNING"


def test_a_run_of_another_store_or_one_that_has_ended_is_let_be(store: str) -> None:
    abandoned.fail_abandoned_run("0" * 32, successor="x")
    with mlflow.start_run() as run:
        pass
    abandoned.fail_abandoned_run(run.info.run_id, successor="x")
    found = MlflowClient().get_run(run.info.run_id)
    assert (found.info.status, "failure" in found.data.tags) == ("FINISHED", False)
