"""What the tests of attacks share: models to attack, and an eye on the memory and the health of the service."""

import shutil
import socket
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import Any, Literal

import httpx
import mlflow
import numpy as np
import pytest

from tests.support import watch
from tests.support.descriptions import CLASSIFIER, function
from tests.support.environment import ROOT
from tests.support.networks import network
from tests.support.served_field import LAYERS
from tests.support.served_field import register as register_field
from tests.support.service import Service, serving
from tests.support.watch import Watch
from training.classification.pictures import Pictures, PictureSet, Standardisation
from training.classification.pixel_classifier import PixelClassifier
from training.export.classifier_model import register as register_classifier
from training.export.function_model import register as register_function


def add_function(name: str, seed: int = 0, champion: str = "always", **metadata: Any) -> None:
    """Register a function with its derivatives to order 4."""
    with mlflow.start_run():
        register_function(network((30, 30), seed=seed), name, 4, function(**metadata), [0.0, 1.0], champion)


def add_classifier(name: str, preparation: Literal["digit", "resize"], *shape: int) -> None:
    """Register a classifier of pictures of that shape, of two classes."""
    pixels = np.random.default_rng(0).integers(0, 256, (4, *shape), dtype=np.uint8)
    examples = Pictures(pixels, np.array([0, 1, 0, 1]))
    pictures = PictureSet("noise", ("a", "b"), examples, examples, preparation, "")
    many = int(np.prod(shape))
    scaled = Standardisation(np.full(many, 128.0), np.full(many, 64.0))
    layers = [(np.random.default_rng(0).normal(size=(2, many)) / many**0.5, np.zeros(2))]
    with mlflow.start_run():
        register_classifier(PixelClassifier(scaled, layers, "tanh", True), name, pictures, CLASSIFIER, "always")


@contextmanager
def watching(service: Service) -> Iterator[Watch]:
    """Asks for its health, and looks at its memory, to the end of the block."""
    with watch.watching(service.url, service.process.pid) as seen:
        yield seen


def at_once(times: int, ask: Callable[[], httpx.Response]) -> list[httpx.Response]:
    """The answers to so many requests at a time."""
    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(lambda _: ask(), range(times)))


@contextmanager
def attacked(folder: Path, empty_database: Path, environment: Mapping[str, str], *arguments: str) -> Iterator[Service]:
    """A service with functions `f` and, of two variables, `plane`; classifiers `digits` of 28 x 28 and `colours` of
    32 x 32 pixels.
    """
    shutil.copy(empty_database, folder)
    with chdir(folder), pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
        patch.setenv("MLFLOW_EXPERIMENT_ID", "0")
        add_function("f")
        register_field(LAYERS, "plane")
        add_classifier("digits", "digit", 28, 28)
        add_classifier("colours", "resize", 32, 32, 3)
        with serving(folder, {**environment, "PYTHONPATH": str(ROOT)}, *arguments) as service:
            yield service


def connect(service: Service) -> socket.socket:
    """A connection of its own."""
    host, port = service.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=60)


def head(method: str, path: str, *headers: str) -> bytes:
    """The head of a request."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode()
