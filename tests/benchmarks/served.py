"""The errors of what the service answers, beside those of the networks that it serves."""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager
from pathlib import Path

import numpy as np

from tests.benchmarks.approximations import DOMAIN, HIDDEN, POINTS, errors
from tests.support.service import Service, serving
from training.arrays import Array
from training.evaluation.accuracy import REPORTED_ORDERS
from training.fit import fit
from training.models.networks import evaluate
from training.regression.config import FitConfig
from training.targets.named import parse

Errors = tuple[float, ...]
Served = Mapping[tuple[str, str], tuple[Errors, Errors]]

_ROOT = Path(__file__).parents[2]
_ORDERS = list(range(REPORTED_ORDERS + 1))


def served(targets: Sequence[str]) -> Served:
    """By hidden sizes and target, the errors of the network in memory and those of the answers."""
    names = {(hidden, target): f"fit_{hidden}_{target}".translate(_PLAIN) for hidden in HIDDEN for target in targets}
    with _store() as folder:
        in_memory = {key: _fit(*key, name) for key, name in names.items()}
        with serving(folder, dict(os.environ)) as service:
            answers = {key: _ask(service, name) for key, name in names.items()}
    return {key: (errors(in_memory[key], parse(key[1])), errors(answers[key], parse(key[1]))) for key in names}


# What the name of a registered model may not have.
_PLAIN = str.maketrans({",": "_", "^": "_"})


@contextmanager
def _store() -> Iterator[Path]:
    """An empty folder to work in, with an MLflow store and a cache of its own, in which the project is found."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        os.environ |= {"MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db", "XDG_CACHE_HOME": f"{folder}/cache"}
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(_ROOT), before.get("PYTHONPATH")]))
        try:
            yield Path(folder)
        finally:
            os.environ.clear()
            os.environ.update(before)


def _fit(hidden: str, target: str, name: str) -> Array:
    """Fit and register; the derivatives of the network in memory at the midpoints, (orders, points)."""
    given = {"target": target, "points": POINTS, "hidden": hidden, "preset": "precise", "register_as": name}
    return evaluate(fit(FitConfig.model_validate(given)).network, DOMAIN.midpoints(), REPORTED_ORDERS)


def _ask(service: Service, name: str) -> Array:
    """The same from the service, in one request."""
    body = {"x": DOMAIN.midpoints().tolist(), "orders": _ORDERS}
    answer = service.client.post(f"/functions/{name}/evaluate", json=body).raise_for_status().json()
    return np.array([answer["derivatives"][str(order)] for order in _ORDERS])
