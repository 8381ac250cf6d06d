"""`make soak`: an hour of everything at once, or MINUTES=5: `python -m tests.benchmarks.soak 5`.

Two workers answer requests of all kinds, each answer compared with the network of the version that it names, while the
champion changes every second, the registry is killed and restored, one of the workers is killed, and clients are slow,
leave early, or send what is no request. The memory and the files of the worker that is left alone are sampled.
"""

import io
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, chdir, suppress
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import mlflow
import numpy as np
import pytest
from mlflow.exceptions import MlflowException
from PIL import Image

from tests.benchmarks.page import write_section
from tests.benchmarks.training import processor
from tests.support.attacks import add_classifier, connect, head
from tests.support.load import by_get, by_post, by_protocol, register_versions, wait_until
from tests.support.mlflow_server import mlflow_server
from tests.support.rounding import allowed
from tests.support.service import Service, serving
from tests.support.watch import family, of_process

_ROOT = Path(__file__).parents[2]
_SAMPLED_SECONDS = 2.0
# Of a run, the part before which the memory is not flat yet, five minutes at most.
_FIRST, _FIRST_SECONDS = 0.3, 300.0
_GOAL = 0.05
_MODELS = ("f", "digits", "colours")
# The place of a process' beginning in what the system says of it, behind its name (proc(5)).
_BEGAN = 19

Ask = Callable[[httpx.Client], None]


class Soak:
    """What all threads share: the service, what its models answer, and what was seen."""

    def __init__(self, service: Service, truth: dict[int, np.ndarray], seconds: float):
        self.service, self.truth = service, truth
        self.began = time.monotonic()
        self.end = self.began + seconds
        self.seen: Counter[str] = Counter()
        self.memory: list[tuple[float, int, int]] = []
        # When a worker was last killed: who was connected to it has lost an answer, and asks again.
        self.killed = -1e9

    def goes_on(self) -> bool:
        """Whether there is time left."""
        return time.monotonic() < self.end

    def ask(self, ask: Ask) -> None:
        """Ask again and again; count what fails."""
        while self.goes_on():
            with httpx.Client(base_url=self.service.url, timeout=60) as client:
                for _ in range(random.randint(1, 50)):
                    began = time.monotonic()
                    try:
                        ask(client)
                        self.seen["answers"] += 1
                    except httpx.TransportError as error:
                        lost = began - 2 < self.killed < time.monotonic()
                        self.seen["lost with their worker" if lost else f"failures: {error!r}"] += 1
                        break
                    except Exception as error:
                        self.seen[f"failures: {error!r}"[:200]] += 1
                    time.sleep(0.005)

    def compare(self, by: Callable[[httpx.Client], tuple[int, Any]], client: httpx.Client) -> None:
        """Ask, and count what is not what the version answers."""
        version, values = by(client)
        expected = self.truth[version]
        if not np.all(np.abs(np.asarray(values) - expected) <= allowed(expected, float, roundings=500)):
            self.seen["mixed answers"] += 1

    def works(self) -> list[Callable[[], None]]:
        """All that goes on at once."""
        compared: list[Ask] = [partial(self.compare, by) for by in (by_post, by_get, by_protocol)]
        asks = [*compared, _point, _many, _binary, _pixels, _picture, _mistakes, _page]
        others = [self.change_champions, self.misbehave, self.misbehave, self.sample]
        return [*(partial(self.ask, ask) for ask in asks), *others]

    def wait(self, seconds: float) -> None:
        """Wait, but not beyond the end."""
        time.sleep(max(0.0, min(seconds, self.end - time.monotonic())))

    def change_champions(self) -> None:
        """Every second, as long as the registry is there."""
        while self.goes_on():
            with suppress(MlflowException):
                version = str(1 + self.seen["champions"] % 2)
                mlflow.MlflowClient().set_registered_model_alias("f", "champion", version)
                self.seen["champions"] += 1
            self.wait(1)

    def misbehave(self) -> None:
        """Half a head, an answer that is not read, a body that stops, and leaving early."""
        large = head("GET", "/functions/f/evaluate?linspace=0,1,100000")
        begun = head("POST", "/functions/f/evaluate", "Content-Length: 1000000") + b'{"x": [' + b"1," * 50_000
        while self.goes_on():
            with suppress(OSError), connect(self.service) as connection:
                connection.sendall(random.choice([b"GET /mod", large, begun, b"\0\1\2", b""]))
                time.sleep(random.choice([0, 1, 5]))
            self.seen["broken clients"] += 1

    def kill_worker(self) -> None:
        """The youngest one."""
        workers = _workers(self.service)
        if self.goes_on() and len(workers) > 1:
            self.killed = time.monotonic()
            os.kill(workers[-1], signal.SIGKILL)
            self.seen["workers killed"] += 1

    def sample(self) -> None:
        """Memory and files of the worker that is left alone."""
        (oldest, *_) = _workers(self.service)
        while self.goes_on():
            files = len(list(Path(f"/proc/{oldest}/fd").iterdir()))
            self.memory.append((time.monotonic() - self.began, of_process(oldest, "VmRSS"), files))
            time.sleep(_SAMPLED_SECONDS)


def _point(client: httpx.Client) -> None:
    client.get("/functions/f/evaluate?x=0.5&order=1").raise_for_status()


def _many(client: httpx.Client) -> None:
    body = {"x": np.linspace(-5, 5, 100_000).tolist(), "orders": [0, 1]}
    answer = client.post("/functions/f/evaluate", json=body)
    assert answer.status_code in (200, 503), answer.text[:100]
    assert answer.status_code == 503 or len(answer.json()["x"]) == 100_000


def _binary(client: httpx.Client) -> None:
    x = np.linspace(-5, 5, 1_000)
    tensor = {"name": "x", "shape": [1_000], "datatype": "FP64", "parameters": {"binary_data_size": x.nbytes}}
    said = json.dumps({"inputs": [tensor], "parameters": {"binary_data_output": True}}).encode()
    headers = {"Inference-Header-Content-Length": str(len(said))}
    answer = client.post("/v2/models/f/infer", content=said + x.tobytes(), headers=headers).raise_for_status()
    assert len(answer.content) > 3 * x.nbytes, answer.text[:200]


def _pixels(client: httpx.Client) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (50, 28, 28)).tolist()
    predictions = client.post("/classifiers/digits/predict", json={"pixels": pixels}).raise_for_status().json()
    assert len(predictions["predictions"]) == 50


def _picture(client: httpx.Client) -> None:
    stream = io.BytesIO()
    Image.new("RGBA", (1_000, 800), (1, 2, 3, 4)).save(stream, "png")
    files = [("pictures", ("a.png", stream.getvalue()))]
    client.post("/classifiers/colours/predict", files=files).raise_for_status()


def _mistakes(client: httpx.Client) -> None:
    body = b'{"x": [' + b'"",' * 100_000 + b'""]}'
    assert client.post("/functions/f/evaluate", content=body).status_code in (422, 503)
    assert client.get("/functions/f/evaluate?x=1&version=99").status_code in (404, 503)


def _page(client: httpx.Client) -> None:
    for path in ("/", "/models", "/metrics", "/v2/models/f", "/health/ready", "/static/main.js"):
        assert client.get(path, headers={"accept-encoding": "gzip"}).status_code in (200, 503)


def _workers(service: Service) -> list[int]:
    """The workers, oldest first; the numbers of processes begin anew at some time."""
    began: dict[int, int] = {}
    for pid in family(service.process.pid)[1:]:
        # One may end in the middle of it.
        with suppress(FileNotFoundError, ProcessLookupError):
            if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes():
                began[pid] = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[_BEGAN])
    return sorted(began, key=lambda pid: began[pid])


def _all_serve(service: Service, started: int) -> bool:
    """Whether there are two workers that serve every model, as far as twenty connections for each tell.

    Args:
        started: how many workers there have been: one that has not started yet takes none of the connections.
    """
    if len(_workers(service)) < 2 or service.log.read_text().count("Application startup complete") < started:
        return False
    try:
        asked = [httpx.get(f"{service.url}/v2/models/{name}/ready", timeout=60) for name in _MODELS for _ in range(20)]
    except httpx.TransportError:
        return False
    return all(answer.status_code == 200 for answer in asked)


def run(folder: Path, minutes: float) -> Soak:
    """All of it, in a store of its own."""
    period = max(40.0, 60 * minutes / 6)
    with ExitStack() as stack:
        registry = stack.enter_context(mlflow_server(folder, f"sqlite:///{folder}/mlflow.db"))
        truth = register_versions(registry.uri, stack.enter_context(pytest.MonkeyPatch.context()))
        add_classifier("digits", "digit", 28, 28)
        add_classifier("colours", "resize", 32, 32, 3)
        own = os.environ | {"PYTHONPATH": str(_ROOT)}
        service = stack.enter_context(serving(folder, own, "--workers=2", "--refresh_seconds=0.5"))
        wait_until(lambda: len(_workers(service)) == 2, service.log)
        soak = Soak(service, {version: np.array(values) for version, values in truth.items()}, 60 * minutes)
        threads = [threading.Thread(target=work) for work in soak.works()]
        for thread in threads:
            thread.start()
        while soak.goes_on():
            soak.wait(period / 2)
            soak.kill_worker()
            soak.wait(period / 2)
            # A successor needs the registry until it has loaded all models, which takes long beside all the clients.
            while soak.goes_on() and not _all_serve(service, 2 + soak.seen["workers killed"]):
                soak.wait(1)
            registry.kill()
            soak.seen["registries killed"] += 1
            soak.wait(5)
            registry.start()
        for thread in threads:
            thread.join()
    return soak


def report(soak: Soak, minutes: float) -> str:
    """What the page says."""
    seen, seconds = soak.seen, 60 * minutes
    first = min(_FIRST * seconds, _FIRST_SECONDS)
    failures = sum(count for kind, count in seen.items() if kind.startswith("failures"))
    after = [(size / 2**20, files) for when, size, files in soak.memory if when >= first]
    parts = [after[: len(after) // 4], after[-(len(after) // 4) :]]
    (start, files_before), (end, files_after) = (
        [median(column) for column in zip(*part, strict=True)] for part in parts
    )
    growth = end / start - 1
    return "\n".join(
        [
            f"Machine: {processor()}; {minutes:g} minutes, two workers: {seen['answers']:,} answers of all kinds,",
            f"{seen['champions']:,} changes of the champion, {seen['registries killed']} deaths of the registry,",
            f"{seen['workers killed']} of a worker, {seen['broken clients']:,} broken clients. **{failures} failures,",
            f"{seen['mixed answers']} mixed answers**. The worker that was left alone had {start:.0f} MiB after",
            f"{first:.0f} s and {end:.0f} MiB at the end ({growth:+.1%}, goal within {_GOAL:.0%}), at most",
            f"{max(size for size, _ in after):.0f} MiB, and {files_before:.0f} and {files_after:.0f} open files.",
        ]
    )


def main(minutes: float = 60) -> None:
    """Soak the service, tell what was seen and write it into the page."""
    with tempfile.TemporaryDirectory() as temporary, chdir(temporary):
        soak = run(Path(temporary), minutes)
    for kind, count in sorted(soak.seen.items()):
        print(f"{count:>9,} {kind}")
    for when, size, files in soak.memory[:: max(1, len(soak.memory) // 30)]:
        print(f"{when:7.0f} s {size / 2**20:6.0f} MiB {files:4} files")
    print(text := report(soak, minutes))
    write_section("soak", text)


if __name__ == "__main__":
    main(*map(float, sys.argv[1:2]))
