"""What the tests of attacks share: models to attack, and an eye on the memory and the health of the service."""

import re
import shutil
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import chdir, closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx
import mlflow
import numpy as np
import pytest

from tests.support.descriptions import CLASSIFIER, function
from tests.support.networks import network
from tests.support.served_field import LAYERS
from tests.support.served_field import register as register_field
from tests.support.service import Service, serving
from training.classification.pictures import Pictures, PictureSet, Standardisation
from training.classification.pixel_classifier import PixelClassifier
from training.export.classifier_model import register as register_classifier
from training.export.function_model import register as register_function

ROOT = Path(__file__).parents[2]
# What kubernetes.yaml gives a worker, and how soon its health is answered whatever else is asked.
MOST_BYTES, MOST_SECONDS = 1 << 30, 1.0


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


def peak(service: Service) -> int:
    """The most memory that the service and its processes have had, in bytes."""
    return sum(of_process(pid, "VmHWM") for pid in family(service.process.pid))


def resident(service: Service) -> int:
    """The memory that they have now, in bytes."""
    return sum(of_process(pid, "VmRSS") for pid in family(service.process.pid))


def family(pid: int) -> list[int]:
    """A process and all that it has started."""
    children = Path(f"/proc/{pid}/task").glob("*/children")
    found = [int(child) for path in children for child in _text(path).split()]
    return [pid, *(each for child in found for each in family(child))]


def of_process(pid: int, name: str) -> int:
    """What the system says of a process's memory, as `VmRSS`, in bytes."""
    found = re.search(rf"{name}:\s+(\d+) kB", _text(Path(f"/proc/{pid}/status")))
    return int(found[1]) * 1024 if found else 0


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""  # it has ended


@dataclass
class Watch:
    """What was seen of a service: its peak of memory, and the seconds that each request for health took, without those
    in which the service or who asked was ready and had no processor.
    """

    bytes: int = 0
    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def require_sound(self) -> None:
        """It stayed below a worker's memory, and told of its health at once."""
        assert not self.failures, self.failures
        assert self.bytes < MOST_BYTES, f"{self.bytes / 2**20:.0f} MiB"
        assert max(self.seconds) < MOST_SECONDS, f"{max(self.seconds):.2f} s"


@contextmanager
def watching(service: Service) -> Iterator[Watch]:
    """Asks for the health twenty times a second, each time on a connection of its own, to the end of the block."""
    watch, ended = Watch(), threading.Event()

    def look() -> None:
        while not ended.is_set():
            began, before = time.monotonic(), _delays(service)
            try:
                _require_live(service)
            except (OSError, HTTPException) as error:
                watch.failures.append(repr(error))
            # A thread that has ended is left out.
            delayed = (_delays(service) - before).total() / 1e9
            watch.seconds.append(time.monotonic() - began - delayed)
            watch.bytes = max(watch.bytes, peak(service))
            ended.wait(0.05)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield watch
    finally:
        ended.set()
        looking.join()


def _require_live(service: Service) -> None:
    # The standard library's client: httpx takes 50 ms of a processor to make one.
    url = urlsplit(service.url)
    with closing(HTTPConnection(f"{url.hostname}", url.port, timeout=30)) as connection:
        connection.request("GET", "/health/live")
        status = connection.getresponse().status
    if status != 200:
        raise HTTPException(f"status {status}")


def _delays(service: Service) -> Counter[Path]:
    """For how long each thread of the service, and this one, was ready to work and had no processor, in nanoseconds.

    The second number of Linux's schedstat. Whichever thread waits may have the interpreter's lock, for which the others
    wait.
    """
    files = (*Path(f"/proc/{service.process.pid}/task").glob("*/schedstat"), Path("/proc/thread-self/schedstat"))
    return Counter({file: int((_text(file) or "0 0 0").split()[1]) for file in files})


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
