"""The registered model: a function with its derivatives, as an ONNX graph that any runtime can serve."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import mlflow
import numpy as np
import onnx
import torch
from mlflow import MlflowClient
from mlflow.models import ModelSignature
from mlflow.types import Schema, TensorSpec
from numpy.typing import NDArray
from torch import Tensor, nn

from training.networks import BAND_ORDERS, Network
from training.onnx_graph import to_onnx

# The version that is served.
CHAMPION = "champion"
# What a server of the registered model needs; without this list MLflow would spend seconds guessing it.
_REQUIREMENTS = ("mlflow", "numpy", "onnx", "onnxruntime")

Compare = Callable[[Mapping[str, Any]], tuple[bool, str]]


@dataclass(frozen=True)
class Registered:
    """A version in the model registry, whether it is the champion, and why."""

    name: str
    version: int
    champion: bool
    reason: str


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
        if self.network.has_bands:
            names += [f"s{order}" for order in range(BAND_ORDERS + 1)]
        return names

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        if not self.network.has_bands:
            derivatives: tuple[Tensor, ...] = self.network(x, self.max_order)
            return derivatives
        features = self.network.features(x, max(self.max_order, BAND_ORDERS))
        derivatives = self.network.read_out(features[: self.max_order + 1], x, self.max_order)
        return derivatives + self.network.deviations(features[: BAND_ORDERS + 1], x)


def register(
    network: Network,
    name: str,
    max_order: int,
    metadata: Mapping[str, Any],
    example: list[float],
    champion: str,
    useless: str = "",
) -> Registered:
    """Log the model to the current run, register a version and decide on the alias `champion`.

    Args:
        network: of any dtype; the graph is in float64.
        name: in the model registry.
        max_order: K, the highest derivative.
        metadata: kind, target, domain, activation, errors; the orders are added. Written into the model.
        example: points to store with the model, with which a server can check itself.
        champion: `better`, `always` or `never`.
        useless: why the fit becomes no champion unless that is asked for; empty where it may.
    """
    module = Derivatives(network, max_order)
    outputs = module.outputs
    with torch.inference_mode():
        expected = module(torch.tensor(example, dtype=torch.float64))
    orders = {
        "orders": list(range(max_order + 1)),
        "bands": [int(name[1:]) for name in outputs if name.startswith("s")],
    }
    metadata = {**metadata, **orders, "example": _example(example, outputs, expected)}
    signature = ModelSignature(_schema(["x"]), _schema(outputs))
    version = log_version(to_onnx(module, outputs), name, signature, {"x": np.array(example)}, metadata)
    return promote(version, name, champion, lambda current: _compare(metadata, current), useless)


def log_version(
    graph: onnx.ModelProto,
    name: str,
    signature: ModelSignature,
    example: Mapping[str, NDArray[Any]],
    metadata: Mapping[str, Any],
) -> int:
    """Log a graph to the current run, with its weights in the one file, and register a version; returns its number."""
    logged = mlflow.onnx.log_model(
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
    return int(logged.registered_model_version)


def promote(version: int, name: str, champion: str, compare: Compare, useless: str = "") -> Registered:
    """Give a new version the alias `champion` where it is better than the champion, or where that is not asked.

    Args:
        champion: `better`, `always` or `never`.
        compare: whether the new version is better than the champion with the given metadata, and why.
        useless: why it is not to be served, whatever there is; empty where it may.
    """
    promoted, reason = champion == "always", f"champion={champion}"
    if champion == "better" and useless:
        reason = useless
    elif champion == "better":
        current = _champion_metadata(name)
        promoted, reason = (True, "the first of its name") if current is None else compare(current)
    if promoted:
        MlflowClient().set_registered_model_alias(name, CHAMPION, str(version))
    return Registered(name, version, promoted, reason)


def _compare(metadata: Mapping[str, Any], current: Mapping[str, Any]) -> tuple[bool, str]:
    """Whether a function's new version is better than the champion, and why.

    Only errors on the same function and domain can be compared: a champion for another is never replaced silently.
    """
    for key in ("target", "domain"):
        if current.get(key) != metadata[key]:
            return False, f"the champion has {key} {current.get(key)}, not {metadata[key]}"
    error, best = _error(metadata), _error(current)
    return error < best, f"error {error:.3g} against the champion's {best:.3g}"


def _error(metadata: Mapping[str, Any]) -> float:
    """The geometric mean of the relative errors that are known: of f, f' and f'' where the function is, else of f.

    All three are served: a piecewise-linear fit, say, may be closer to the function and yet has no second derivative.
    """
    errors = [error for key, error in metadata["errors"].items() if key.startswith("d")]
    return float(np.prod(errors) ** (1 / len(errors)))


def _champion_metadata(name: str) -> dict[str, Any] | None:
    """What the champion's model says of itself; None where there is no champion."""
    if CHAMPION not in MlflowClient().get_registered_model(name).aliases:
        return None
    return mlflow.models.get_model_info(f"models:/{name}@{CHAMPION}").metadata or {}


def _example(x: list[float], outputs: list[str], expected: tuple[Tensor, ...]) -> dict[str, list[float]]:
    return {"x": x} | {name: value.tolist() for name, value in zip(outputs, expected, strict=True)}


def _schema(names: list[str]) -> Schema:
    return Schema([TensorSpec(np.dtype(np.float64), (-1,), name) for name in names])
