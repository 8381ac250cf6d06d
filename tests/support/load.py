"""Versions of a function, and clients that compare what they are answered with what each version is."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import mlflow
import numpy as np
import pytest

from tests.support.descriptions import function
from tests.support.networks import network
from training.export.function_model import register
from training.models.networks import evaluate

X = np.linspace(-5, 5, 200)
BODY = {"x": X.tolist(), "orders": [0, 1, 2]}
INPUT = {"name": "x", "shape": [200], "datatype": "FP64", "data": X.tolist()}

Values = dict[int, np.ndarray]


def wait_until(condition: Callable[[], bool], log: Path) -> None:
    """Three minutes at most, then tell the log: what starts beside the clients has little of the processor."""
    deadline = time.monotonic() + 180
    while not condition():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.2)


def register_versions(uri: str, patch: pytest.MonkeyPatch) -> Values:
    """Two versions of a function; what each answers, (3, 200), by number."""
    patch.setenv("MLFLOW_TRACKING_URI", uri)
    for seed in (1, 2):
        with mlflow.start_run():
            register(network((30, 30), seed=seed), "f", 2, function(), [0.0], "always")
    return {seed: np.array(evaluate(network((30, 30), seed=seed), X, 2)) for seed in (1, 2)}


def by_post(client: httpx.Client) -> tuple[int, Any]:
    content = client.post("/functions/f/evaluate", json=BODY).raise_for_status().json()
    return content["model"]["version"], list(content["derivatives"].values())


def by_get(client: httpx.Client) -> tuple[int, Any]:
    query: dict[str, str | list[int]] = {"linspace": "-5,5,200", "order": [0, 1, 2]}
    content = client.get("/functions/f/evaluate", params=query).raise_for_status().json()
    return content["model"]["version"], list(content["derivatives"].values())


def by_protocol(client: httpx.Client) -> tuple[int, Any]:
    content = client.post("/v2/models/f/infer", json={"inputs": [INPUT]}).raise_for_status().json()
    return int(content["model_version"]), [output["data"] for output in content["outputs"]]
