"""The registered model of a function of several variables: its value, gradient and Hessian, as an ONNX graph."""

import numpy as np
from mlflow.models import ModelSignature
from mlflow.types import Schema, TensorSpec
from numpy.typing import NDArray

from training.data.box import Box
from training.data.designs import sample
from training.export import self_check
from training.export.field_graph import FieldDerivatives, to_onnx
from training.export.function_model import Registered, is_better, log_version, promote
from training.export.metadata import FieldDescription, FieldMetadata
from training.models.field_network import FieldLayers, FieldNetwork

# Points at which graph and network are compared, and those of them that are stored with the model.
_CHECKED, _STORED = 64, 3


def register(
    layers: FieldLayers,
    name: str,
    box: Box,
    order: int,
    described: FieldDescription,
    champion: str,
    roots: NDArray[np.float64] | None = None,
    useless: str = "",
) -> Registered:
    """Log the model to the current run, register a version and decide on the alias `champion`.

    Args:
        layers: of the fit.
        name: in the model registry.
        box: the domain.
        order: of the highest derivative, 0 to 2.
        described: what is known of the fit. Written into the model.
        champion: `better`, `always` or `never`.
        roots: of the covariances of the output layers (training.export.field_graph), where there is a posterior.
        useless: why the fit becomes no champion unless that is asked for; empty where it may.
    """
    module = FieldDerivatives(FieldNetwork(layers), order, roots)
    outputs, graph = list(module.shapes), to_onnx(module)
    x = sample(box, _CHECKED, "sobol")
    allowed = self_check.field_tolerances(module, outputs, x)
    expected = dict(zip(outputs, self_check.evaluate(module, x), strict=True))
    fault = self_check.disagreement(graph, {"x": x}, expected, allowed)
    example = {"x": x, **expected}
    metadata: FieldMetadata = {
        **described,
        "order": order,
        "bands": roots is not None,
        "example": {key: values[:_STORED].tolist() for key, values in example.items()},
        "tolerances": allowed,
    }
    d = box.dimension
    signature = ModelSignature(_schema({"x": (d,)}), _schema(module.shapes))
    version = log_version(graph, name, signature, {"x": x[:_STORED]}, metadata)
    return promote(version, name, champion, metadata, is_better, fault, useless)


def _schema(shapes: dict[str, tuple[int, ...]]) -> Schema:
    return Schema([TensorSpec(np.dtype(np.float64), (-1, *shape), name) for name, shape in shapes.items()])
