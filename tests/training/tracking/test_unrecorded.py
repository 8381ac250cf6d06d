import mlflow
import pytest

from training.tracking import unrecorded


def test_the_run_of_a_service_is_taken_back(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    client = mlflow.MlflowClient()
    run_id = client.create_run("0").info.run_id
    monkeypatch.setenv("MLFLOW_RUN_ID", run_id)
    unrecorded.main()
    assert client.search_runs(["0"]) == []
    # Its launcher, which asks when the service ends, finds it finished and leaves it.
    assert client.get_run(run_id).info.status == "FINISHED"


def test_where_nothing_was_launched_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_RUN_ID", raising=False)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    unrecorded.main()
