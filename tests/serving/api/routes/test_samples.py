"""The samples behind a function of data, over HTTP."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow
import pytest

from tests.support.descriptions import function
from tests.support.environment import ROOT
from tests.support.networks import network
from tests.support.service import Service, serving
from training.export.function_model import register


@pytest.fixture
def sampled(store: str, tmp_path: Path, environment: dict[str, str]) -> Iterator[Service]:
    """A service of three functions: with samples of data, with their standard errors, and without."""
    samples = {"count": 9_000, "x": [-1.0, 2.0], "y": [0.5, 1.5]}
    found: dict[str, dict[str, Any]] = {
        "data": {"samples": json.dumps(samples)},
        "exact": {"samples": json.dumps(samples | {"standard_error": [0.1, 0.2]})},
        "bell": {},
    }
    for name, changes in found.items():
        with mlflow.start_run():
            register(network(), name, 1, function(**changes), [0.0, 1.0], "always")
    with serving(tmp_path, environment | {"PYTHONPATH": str(ROOT), "MLFLOW_TRACKING_URI": store}) as running:
        yield running


def test_samples_of_those_that_have_some(sampled: Service) -> None:
    answer = sampled.client.get("/functions/data/samples").json()
    assert answer["model"]["version"] == 1
    assert {name: answer[name] for name in ("count", "x", "y", "standard_error")} == {
        "count": 9_000,
        "x": [-1, 2],
        "y": [0.5, 1.5],
        "standard_error": None,
    }
    assert sampled.client.get("/functions/exact/samples?version=1").json()["standard_error"] == [0.1, 0.2]
    assert sampled.client.get("/functions/bell/samples").json()["x"] == []
    assert sampled.client.get("/functions/nope/samples").status_code == 404
    assert sampled.client.get("/functions/data/samples?version=7").status_code == 404
    assert {model["name"]: model["samples"] for model in sampled.client.get("/models").json()} == {
        "data": 2,
        "exact": 2,
        "bell": 0,
    }
