"""Webhooks, signed as MLflow signs them."""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest
from mlflow.webhooks import constants, delivery

from tests.support.service import Service, serving

BODY = '{"entity": "model_version_alias", "action": "created", "data": {}}'


@pytest.fixture(scope="module")
def told(
    project: Path, environment: dict[str, str], main_job: object, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A service that would ask the registry once an hour."""
    own = environment | {"PYTHONPATH": str(project), "DERIVABLE_WEBHOOK_SECRET": "secret"}
    arguments = ["--refresh_seconds=3600", f"--tracking_uri=sqlite:///{project}/mlflow.db", "--alias=told"]
    with serving(tmp_path_factory.mktemp("told"), own, *arguments) as running:
        yield running


def signed(secret: str = "secret", body: str = BODY, age: int = 0) -> dict[str, str]:
    sent = str(int(time.time()) - age)
    return {
        constants.WEBHOOK_DELIVERY_ID_HEADER: "d-1",
        constants.WEBHOOK_TIMESTAMP_HEADER: sent,
        constants.WEBHOOK_SIGNATURE_HEADER: delivery._generate_hmac_signature(secret, "d-1", sent, body),
    }


def test_a_change_is_followed_at_once(told: Service, project: Path) -> None:
    assert told.client.get("/models").json() == []
    client = mlflow.MlflowClient(f"sqlite:///{project}/mlflow.db")
    client.set_registered_model_alias("gaussian", "told", "1")
    assert told.client.post("/webhooks/mlflow", content=BODY, headers=signed()).status_code == 204
    deadline = time.monotonic() + 10
    while not told.client.get("/models").json():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    client.delete_registered_model_alias("gaussian", "told")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(secret="guessed"),
        signed(body=BODY + " "),
        signed(age=301),
        signed() | {constants.WEBHOOK_TIMESTAMP_HEADER: "now"},
        signed() | {constants.WEBHOOK_SIGNATURE_HEADER: f"v1,{hashlib.sha256(b'').hexdigest()}"},
    ],
    ids=["none", "secret", "body", "old", "no time", "no signature"],
)
def test_who_does_not_know_the_secret_is_not_heard(told: Service, headers: dict[str, str]) -> None:
    answer = told.client.post("/webhooks/mlflow", content=BODY, headers=headers)
    assert answer.status_code == 401
    assert "signature" in answer.json()["detail"]


def test_none_are_taken_without_a_secret(service: Service) -> None:
    assert service.client.post("/webhooks/mlflow", content=BODY, headers=signed()).status_code == 404
