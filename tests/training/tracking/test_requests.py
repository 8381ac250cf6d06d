import json
from typing import Any

import mlflow
import pytest

from training.regression.config import FitConfig
from training.tracking import tracking
from training.tracking.requests import one_request, send


def _fail_after(tags: dict[str, str]) -> None:
    tracking.log_tags(tags)
    raise ZeroDivisionError


def test_what_is_logged_in_one_request_is_all_there(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[int, int]] = []
    log_batch = mlflow.MlflowClient.log_batch

    def counted(client: mlflow.MlflowClient, run_id: str, metrics: Any = (), params: Any = (), tags: Any = ()) -> None:
        sent.append((len(metrics), len(tags)))
        log_batch(client, run_id, metrics, params, tags)

    with tracking.run(FitConfig(), "a name") as run_id:
        monkeypatch.setattr(mlflow.MlflowClient, "log_batch", counted)
        with one_request(run_id):
            tracking.log_metrics(run_id, {"a": 1.0, "b": 2.0}, step=3)
            tracking.log_curve(run_id, "mse", [float(i) for i in range(1_500)])
            tracking.log_tags({"one": "1"})
            tracking.log_warnings(["far off"])
            tracking.log_table("first", {"x": [1, 2]})
            tracking.log_table("second", {"x": [3]})
            assert not sent
        assert sent == [(900, 3), (602, 0)]
        with pytest.raises(ZeroDivisionError), one_request(run_id):
            _fail_after({"never": "sent"})
        tracking.log_metrics(run_id, {"c": 3.0}, step=0)
    run = mlflow.get_run(run_id)
    assert run.data.metrics == {"a": 1.0, "b": 2.0, "c": 3.0, "mse": 1_499.0}
    assert "never" not in run.data.tags
    assert (run.data.tags["one"], run.data.tags["warnings"]) == ("1", "far off")
    assert [table["path"] for table in json.loads(run.data.tags["mlflow.loggedArtifacts"])] == [
        "first.json",
        "second.json",
    ]
    assert len(mlflow.MlflowClient().get_metric_history(run.info.run_id, "mse")) == 1_500


def test_another_run_s_are_sent_at_once(store: str) -> None:
    other = mlflow.MlflowClient().create_run("0").info.run_id
    with tracking.run(FitConfig(), "a name") as run_id, one_request(run_id):
        send(other, tags={"a": "b"})
        assert mlflow.get_run(other).data.tags["a"] == "b"
