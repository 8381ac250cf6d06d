"""Tasks on a Ray cluster: an existing one by its address, or one that is started on this machine."""

import logging
import os
import signal
import socket
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import ray

from training.errors import InvalidParameter

Task = TypeVar("Task")
Result = TypeVar("Result")

# Ray does a task again whose worker died, this often.
_RETRIES = 3
# A cluster answers in milliseconds; Ray itself would try for minutes.
_ANSWER_SECONDS = 5.0
_LOOPBACK = "127.0.0.1"


def execute(work: Callable[[Task], Result], tasks: Sequence[Task]) -> Generator[tuple[Task, Result]]:
    """Execute tasks as training.parallel.executor does, with a CPU of the connected cluster for each."""
    remote = ray.remote(num_cpus=1, max_retries=_RETRIES)(work)
    pending = {remote.remote(task): task for task in tasks}
    try:
        while pending:
            (done,), _ = ray.wait(list(pending), num_returns=1)
            result: Result = ray.get(done)
            yield pending.pop(done), result
    finally:
        for left in pending:
            ray.cancel(left, force=True)


@contextmanager
def connected(address: str | None) -> Iterator[int]:
    """Connected with the cluster, whose workers get this package; yields how many CPUs it has.

    A cluster that was started for this ends with it.

    Raises:
        InvalidParameter: the cluster does not answer.
    """
    host = _answering_host(address) if address is not None else _LOOPBACK
    if ray.is_initialized():
        yield _cpus()
        return
    # Nothing is told to Ray's makers, and nobody but this machine sees a cluster that is started here.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    options: dict[str, Any] = {}
    if address is None:
        options = {"include_dashboard": False, "_node_ip_address": _LOOPBACK}
    elif host.startswith("127.") and host != _LOOPBACK:
        # Ray would else look for this machine's node at its address in the network.
        options = {"_node_ip_address": host}
    environment = {"py_modules": [str(Path(__file__).parents[1])]}
    handler = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(
            address=address or "local",
            runtime_env=environment,
            log_to_driver=False,
            logging_level=logging.ERROR,
            **options,
        )
    except (ConnectionError, RuntimeError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise InvalidParameter(f"ray_address: no Ray cluster at {address!r}: {reason}") from None
    # Ray takes the signal for itself; a run that is told to stop has to end as a run does.
    signal.signal(signal.SIGTERM, handler)
    try:
        yield _cpus()
    finally:
        ray.shutdown()


def _answering_host(address: str) -> str:
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdecimal():
        raise InvalidParameter(f"ray_address: expected HOST:PORT or ray://HOST:PORT, not {address!r}")
    try:
        socket.create_connection((host, int(port)), timeout=_ANSWER_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise InvalidParameter(f"ray_address: nothing answers at {address!r}: {error}") from None
    return host


def _cpus() -> int:
    return int(ray.cluster_resources().get("CPU", 1))
