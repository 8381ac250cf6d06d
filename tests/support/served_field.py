"""Functions of several variables as the service has them: without a registry, and registered."""

from typing import Any

import mlflow
import numpy as np
from onnx import TensorProto

from serving.models.fields import FieldFunction, Metadata
from serving.models.graph_validation import Tensor
from serving.models.graphs import SessionsByOutputs
from serving.models.logged_model import Version
from tests.support.descriptions import function
from tests.support.fields import layers
from tests.support.networks import network
from training.data.box import Box
from training.export import field_model
from training.export.field_graph import FieldDerivatives, to_onnx
from training.export.function_model import register as register_function
from training.export.metadata import FieldDescription
from training.models.field_network import FieldLayers, FieldNetwork

# Of x and y to u, v and w.
LAYERS = layers((2, 5, 4, 3))
UNITS = layers((3, 6, 2))
# Roots of the covariances of the output layer of UNITS.
ROOTS = np.random.default_rng(1).normal(size=(2, 7, 7)) / 10
SLOPES = layers((2, 4, 1), seed=2)
BELL = network()


def described(given: FieldLayers, **changes: Any) -> FieldDescription:
    """What a fit of x, y, … on [-1, 1] says of itself."""
    d, m = given.sizes[0], given.sizes[-1]
    said: Any = {
        "kind": "field",
        "target": "t",
        "variables": [*"xyzabcdefghijklmnop"][:d],
        "domain": [[-1.0, 1.0 + k] for k in range(d)],
        "outputs": [*"uvw"][:m],
        "activation": given.activation,
        "errors": {"value": 0.1, "max_error": 0.2},
        "warnings": [],
    }
    found: FieldDescription = said | changes
    return found


def served_field(given: FieldLayers = LAYERS, order: int = 2, roots: Any = None, **metadata: Any) -> FieldFunction:
    """Layers with their derivatives, version 3 of `f`."""
    module = FieldDerivatives(FieldNetwork(given), order, roots)
    names = dict.fromkeys(module.shapes, 0.0)
    made = {"order": order, "bands": roots is not None, "example": {key: [] for key in names}, "tolerances": names}
    said, graph = Metadata.model_validate({**described(given), **made, **metadata}), to_onnx(module)
    outputs = {key: Tensor(TensorProto.DOUBLE, shape) for key, shape in said.shapes.items()}
    x = Tensor(TensorProto.DOUBLE, (said.dimension,))
    sessions = SessionsByOutputs(graph, x, outputs, said.asked_together)
    return FieldFunction(Version("f", 3, "champion", "r"), said, sessions)


def register(given: FieldLayers, name: str, order: int = 2, roots: Any = None, **changes: Any) -> None:
    """A version of a registered model, the champion."""
    said = described(given, **changes)
    lows, highs = zip(*said["domain"], strict=True)
    box = Box(tuple(said["variables"]), tuple(lows), tuple(highs))
    with mlflow.start_run():
        field_model.register(given, name, box, order, said, "always", roots)


def register_fields() -> None:
    """`wave`, `noisy` with bands, `slopes` without a Hessian, and `bell`, a function of one variable."""
    register(LAYERS, "wave")
    register(UNITS, "noisy", roots=ROOTS)
    register(SLOPES, "slopes", order=1)
    with mlflow.start_run():
        register_function(BELL, "bell", 2, function(), [0.0, 1.0], "always")
