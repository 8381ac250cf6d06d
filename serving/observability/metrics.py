"""What Prometheus sees. With several workers each answers for all of them (PROMETHEUS_MULTIPROC_DIR)."""

import os
from functools import cache
from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

CONTENT_TYPE = CONTENT_TYPE_LATEST

# Buckets from a point to the largest request allowed.
_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

REQUESTS = Counter("derivable_requests", "Requests answered", ["method", "route", "status"])
SECONDS = Histogram("derivable_request_seconds", "Time to answer", ["route"], buckets=_SECONDS)
IN_PROGRESS = Gauge("derivable_requests_in_progress", "Requests being answered", multiprocess_mode="livesum")
POINTS = Counter("derivable_points", "Points at which a function was evaluated", ["model"])
PICTURES = Counter("derivable_pictures", "Pictures that were classified", ["model"])
LOADED = Gauge(
    "derivable_model_version", "Version that is served; 0 if none is", ["model"], multiprocess_mode="livemin"
)
CACHED = Gauge("derivable_cached_versions", "Versions loaded because a request named them", multiprocess_mode="livesum")
REFUSED = Gauge(
    "derivable_refused_versions", "Versions that have the alias and cannot be served", multiprocess_mode="livemax"
)
STATE = Gauge(
    "derivable_model_state",
    "1 for the state of the version that has the alias: loading, served, refused or unavailable; else 0",
    ["model", "state"],
    multiprocess_mode="livemax",
)
STALE = Gauge(
    "derivable_registry_stale_seconds",
    "Time since the model registry last answered; 0 if it answered when last asked",
    multiprocess_mode="livemax",
)


@cache
def points_of(model: str) -> Counter:
    """The counter of a model's points, which takes a while to look up."""
    return POINTS.labels(model)


def exposition() -> bytes:
    """Return all metrics in Prometheus' text format."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    _forget_killed_workers()
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


def forget_this_worker() -> None:
    """Remove the gauges of this worker; its counts stay."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        mark_process_dead(os.getpid())  # type: ignore[no-untyped-call]


def _forget_killed_workers() -> None:
    """Remove the gauges of workers that were killed: what they last said of their state would be told for ever."""
    for file in Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).glob("gauge_live*_*.db"):
        pid = file.stem.rpartition("_")[2]
        if pid.isdecimal() and not _is_running(int(pid)):
            mark_process_dead(int(pid))  # type: ignore[no-untyped-call]


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
