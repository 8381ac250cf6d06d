"""Functions in a registry, and a catalog of them, asked without HTTP."""

import asyncio
from typing import Any

import mlflow

from serving.models.loading import ServedModel
from serving.registry.catalog import Catalog
from tests.support.descriptions import function
from tests.support.networks import network
from training.export.function_model import register


def fit(name: str, error: float, kind: str = "function", seed: int = 0) -> None:
    described = function(kind=kind, errors=dict.fromkeys(("d0", "d1", "d2"), error))
    with mlflow.start_run():
        register(network(seed=seed), name, 1, described, [0.0], "better")


def find(catalog: Catalog, name: str, **choice: Any) -> ServedModel | None:
    return asyncio.run(catalog.find(name, **choice))
