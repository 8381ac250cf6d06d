"""Metrics and tags on their way to a run: each request takes some milliseconds, whatever it writes."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from mlflow import MlflowClient
from mlflow.entities import Metric, RunTag

from training.tracking.patience import patiently

# Of MLflow's 1,000 entries of a request: as many beside the tags.
_METRICS_BESIDE_TAGS = 900


@dataclass
class _Request:
    """What is still to be sent to a run."""

    run_id: str
    metrics: list[Metric] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)


_OPEN: ContextVar[_Request | None] = ContextVar("request", default=None)


@contextmanager
def one_request(run_id: str) -> Iterator[None]:
    """What is sent to this run in the block goes to the store at its end, together; nothing where the block raises."""
    request = _Request(run_id)
    token = _OPEN.set(request)
    try:
        yield
    finally:
        _OPEN.reset(token)
    for start in range(0, max(1, len(request.metrics)), _METRICS_BESIDE_TAGS):
        metrics = request.metrics[start : start + _METRICS_BESIDE_TAGS]
        send(run_id, metrics, {} if start else request.tags)


def send(run_id: str, metrics: Sequence[Metric] = (), tags: Mapping[str, str] | None = None) -> None:
    """Write metrics, and tags, of a run, as many as MLflow takes at a time."""
    tags = tags or {}
    if request := _open(run_id):
        request.metrics += metrics
        request.tags |= tags
        return
    entries = [RunTag(key, text) for key, text in tags.items()]
    patiently(lambda: MlflowClient().log_batch(run_id, metrics=metrics, tags=entries))


def unsent_tags(run_id: str) -> Mapping[str, str]:
    """The tags of a run that the store does not have yet."""
    request = _open(run_id)
    return request.tags if request else {}


def _open(run_id: str) -> _Request | None:
    request = _OPEN.get()
    return request if request and request.run_id == run_id else None
