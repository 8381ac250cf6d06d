"""The registered model: a function with its derivatives, as an ONNX graph that any runtime can serve."""

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import Any

import mlflow
import numpy as np
import onnx
from mlflow import MlflowClient
from mlflow.models import ModelSignature
from mlflow.types import Schema, TensorSpec
from mlflow.utils import logging_utils, requirements_utils
from numpy.typing import NDArray
from torch import Tensor, nn

from training.export import self_check
from training.export.metadata import FunctionDescription, FunctionMetadata
from training.export.onnx_graph import to_onnx
from training.export.quantity import mismatch
from training.models.networks import POSTERIOR_ORDERS, Network
from training.parameters.digits import numerals
from training.targets.domain import Domain
from training.tracking.patience import patiently

# The version that is served.
CHAMPION = "champion"
# What is advised where a version is kept from being the champion because it is of another quantity.
_ADVICE = "register_as=NAME gives this fit a name of its own, champion=always replaces the champion"
# Of data that have grown, the error of a newer fit may be as much above the champion's: so far chance takes an error at
# a few dozen held-out samples.
_CHANCE = 1.25
# What a server of the registered model needs; without this list MLflow would spend seconds guessing it.
_REQUIREMENTS = ("mlflow", "numpy", "onnx", "onnxruntime")

IsBetter = Callable[[Mapping[str, Any], Mapping[str, Any]], tuple[bool, str]]


@dataclass(frozen=True)
class Registered:
    """A version in the model registry, whether it is the champion, why, and what the user can do about it."""

    name: str
    version: int
    champion: bool
    reason: str
    advice: str = ""

    def __str__(self) -> str:
        kept = "now the champion" if self.champion else "not the champion"
        advice = f"; {self.advice}" if self.advice else ""
        return f"registered as {self.name} version {self.version}, {kept} ({self.reason}){advice}"


class Derivatives(nn.Module):
    """A network as x (n,) → d0 … dK, each (n,), float64: the form that is exported.

    Where the network has a posterior, its standard deviations s0 … s2 follow.
    """

    def __init__(self, network: Network, max_order: int):
        super().__init__()
        self.network = copy.deepcopy(network).double()
        self.max_order = max_order

    @property
    def outputs(self) -> list[str]:
        """Their names, in order."""
        names = [f"d{order}" for order in range(self.max_order + 1)]
        if self.network.has_posterior:
            names += [f"s{order}" for order in range(POSTERIOR_ORDERS + 1)]
        return names

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        if not self.network.has_posterior:
            derivatives: tuple[Tensor, ...] = self.network(x, self.max_order)
            return derivatives
        features = self.network.features(x, max(self.max_order, POSTERIOR_ORDERS))
        derivatives = self.network.read_out(features[: self.max_order + 1], x, self.max_order)
        return derivatives + self.network.posterior_std(features[: POSTERIOR_ORDERS + 1], x)


def register(
    network: Network,
    name: str,
    max_order: int,
    described: FunctionDescription,
    example: list[float],
    champion: str,
    useless: str = "",
) -> Registered:
    """Log the model to the current run, register a version and decide on the alias `champion`.

    Args:
        network: of any dtype; the graph is in float64.
        name: in the model registry.
        max_order: K, the highest derivative.
        described: what is known of the fit. Written into the model.
        example: points to store with the model, with which a server can check itself.
        champion: `better`, `always` or `never`.
        useless: why the fit becomes no champion unless that is asked for; empty where it may.
    """
    module = Derivatives(network, max_order)
    outputs, graph = module.outputs, to_onnx(module, module.outputs)
    domain = Domain(*described["domain"])
    x = self_check.points(domain, example)
    allowed = self_check.tolerances(module, outputs, domain, x)
    expected = self_check.evaluate(module, x)
    fault = self_check.disagreement(graph, {"x": x}, dict(zip(outputs, expected, strict=True)), allowed)
    metadata: FunctionMetadata = {
        **described,
        "orders": list(range(max_order + 1)),
        "bands": [int(name[1:]) for name in outputs if name.startswith("s")],
        "example": {"x": example}
        | {name: values[-len(example) :].tolist() for name, values in zip(outputs, expected, strict=True)},
        "tolerances": allowed,
    }
    signature = ModelSignature(_schema(["x"]), _schema(outputs))
    version = log_version(graph, name, signature, {"x": np.array(example)}, metadata)
    return promote(version, name, champion, metadata, is_better, fault, useless)


def log_version(
    graph: onnx.ModelProto,
    name: str,
    signature: ModelSignature,
    example: Mapping[str, NDArray[Any]],
    metadata: Mapping[str, Any],
) -> int:
    """Log a graph to the current run, with its weights in the one file, and register a version; returns its number."""
    log_model = partial(
        mlflow.onnx.log_model,
        graph,
        name="model",
        registered_model_name=name,
        signature=signature,
        input_example=dict(example),
        metadata=dict(metadata),
        pip_requirements=[f"{package}=={version(package)}" for package in _REQUIREMENTS],
        onnx_execution_providers=["CPUExecutionProvider"],
        save_as_external_data=False,
    )
    with _requirements_as_given(), _in_silence():
        logged = patiently(log_model)
    return int(logged.registered_model_version)


@contextmanager
def _requirements_as_given() -> Iterator[None]:
    """Requirements are the versions that are installed: for a warning where they are not, MLflow would spend a second
    on going through the files of all that is installed.
    """
    untyped: Any = requirements_utils
    check = untyped._check_requirement_satisfied
    untyped._check_requirement_satisfied = lambda requirement: None
    try:
        yield
    finally:
        untyped._check_requirement_satisfied = check


@contextmanager
def _in_silence() -> Iterator[None]:
    """MLflow would say in two lines of its own what the summary says in one (Registered)."""
    stream = logging_utils.MLFLOW_LOGGING_STREAM
    before, stream.enabled = stream.enabled, False
    try:
        yield
    finally:
        stream.enabled = before


def promote(
    version: int,
    name: str,
    champion: str,
    metadata: Mapping[str, Any],
    is_better: IsBetter,
    fault: str,
    useless: str = "",
) -> Registered:
    """Give a new version the alias `champion` where it is better than the champion, or where that is not asked.

    Args:
        champion: `better`, `always` or `never`.
        metadata: of the new version. A champion for something else is only replaced where `always` says so.
        is_better: whether a version is better than the champion, and why, by the metadata of both.
        fault: why a server would refuse the version, which then is never the champion; empty for a sound one.
        useless: why nobody should use it, which only `always` overrules; empty where one may.
    """
    if fault or champion == "never":
        return Registered(name, version, False, fault or "champion=never")
    if useless and champion != "always":
        return Registered(name, version, False, useless)
    current = patiently(lambda: _champion_metadata(name))
    promoted, reason, advice = True, "the first of its name", ""
    if current is not None:
        other = mismatch(metadata, current)
        if champion == "always":
            reason = f"champion=always, although {other}" if other else "champion=always"
        elif other:
            promoted, reason, advice = False, other, _ADVICE
        else:
            promoted, reason = is_better(metadata, current)
    if promoted:
        patiently(lambda: MlflowClient().set_registered_model_alias(name, CHAMPION, str(version)))
    return Registered(name, version, promoted, reason, advice)


def is_better(new: Mapping[str, Any], champion: Mapping[str, Any]) -> tuple[bool, str]:
    """Whether a fit's new version is better than the champion, and why: errors judged alike can tell."""
    error, best = _error(new), _error(champion)
    said = "error {} against the champion's {}".format(*numerals([error, best], digits=3))
    if new["domain"] != champion["domain"]:
        best, said = _CHANCE * best, f"{said}, of data that have grown"
    # An error that is no number is that of a fit beyond float64, and above all others.
    return error < best or (np.isnan(best) and not np.isnan(error)), said


def _error(metadata: Mapping[str, Any]) -> float:
    """The geometric mean of the relative errors that are known: of f, f' and f'' where the function is, else of f.

    All three are served: a piecewise-linear fit, say, may be closer to the function and yet has no second derivative.
    """
    errors = [error for key, error in metadata["errors"].items() if key != "max_error"]
    return float(np.prod(errors) ** (1 / len(errors)))


def _champion_metadata(name: str) -> dict[str, Any] | None:
    """What the champion's model says of itself; None where there is no champion."""
    if CHAMPION not in MlflowClient().get_registered_model(name).aliases:
        return None
    return mlflow.models.get_model_info(f"models:/{name}@{CHAMPION}").metadata or {}


def _schema(names: list[str]) -> Schema:
    return Schema([TensorSpec(np.dtype(np.float64), (-1,), name) for name in names])
