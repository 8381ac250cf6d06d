"""Answers requests of the Open Inference Protocol with the models that are served, of any kind."""

from collections.abc import Mapping, Sequence

import numpy as np

from serving.api.open_inference.codec import DATATYPES, Tensor, datatype, tensor_metadata
from serving.api.open_inference.schemas import ModelMetadata
from serving.decoding.pictures import MAX_PIXELS, Pixels
from serving.errors import BadInference, TooLarge, TooManyPoints
from serving.http.error_reports import shown
from serving.models.classifiers import Classifier
from serving.models.evaluation import EvaluationResult, EvaluationSpec
from serving.models.field_evaluation import FieldResult, FieldSpec
from serving.models.fields import OUTPUTS, POSTERIOR_STD, FieldFunction
from serving.models.functions import Function
from serving.models.loading import ServedModel

Outputs = dict[str, Tensor]


def metadata(model: ServedModel, versions: list[int]) -> ModelMetadata:
    """A model as the protocol describes it."""
    return ModelMetadata(
        name=model.version.name,
        versions=[str(version) for version in versions],
        platform="onnxruntime_onnx",
        inputs=tensor_metadata(model.session.get_inputs()),
        outputs=tensor_metadata(model.session.get_outputs()),
    )


def wanted(model: ServedModel, names: Sequence[str]) -> list[str]:
    """The outputs of those names, of all if there are none.

    Raises:
        BadInference: the model has no output of one of them.
    """
    known = [output.name for output in model.session.get_outputs()]
    if unknown := [name for name in names if name not in known]:
        raise BadInference(f"{model.version.name} has no output {shown(unknown[0])}, only {', '.join(known)}")
    return list(dict.fromkeys(names)) or known


def spec(function: Function, tensors: Mapping[str, Tensor], names: Sequence[str], max_points: int) -> EvaluationSpec:
    """What is asked of a function.

    Raises:
        BadInference: these are not its inputs.
        TooManyPoints: there are more of them than a request may have.
    """
    x = _points(function, tensors, max_points)
    orders = sorted({int(name[1:]) for name in names})
    return EvaluationSpec(x, tuple(order for order in orders if order <= function.max_order))


def field_spec(
    function: FieldFunction, tensors: Mapping[str, Tensor], names: Sequence[str], max_points: int
) -> FieldSpec:
    """What is asked of a function of several variables. Raises as spec does."""
    orders = {named.index(name) for name in names for named in (OUTPUTS, POSTERIOR_STD) if name in named}
    return FieldSpec(_points(function, tensors, max_points), tuple(sorted(orders)))


def _points(function: Function | FieldFunction, tensors: Mapping[str, Tensor], max_points: int) -> Tensor:
    x = _input(function, tensors)
    if x.size > max_points:
        numbers = "" if x.ndim == 1 else f" of {x.shape[1]} variables"
        raise TooManyPoints(f"{len(x)} points{numbers} are more than {max_points}{' numbers' if numbers else ''}")
    if not np.isfinite(x).all():
        raise BadInference("x: every point must be a finite number")
    return x


def outputs(result: EvaluationResult | FieldResult, names: Sequence[str]) -> Outputs:
    """An answer, by the names of the outputs."""
    if isinstance(result, FieldResult):
        return {name: result.values.outputs[name] for name in names}
    found = {f"d{order}": values for order, values in result.values.derivatives.items()}
    found |= {f"s{order}": values for order, values in result.values.posterior_std.items()}
    return {name: found[name] for name in names}


def pixels(classifier: Classifier, tensors: Mapping[str, Tensor]) -> Pixels:
    """The pictures that are to be classified.

    Raises:
        BadInference: these are not the classifier's inputs.
        TooLarge: there are more of them than a request may have.
    """
    value = _input(classifier, tensors)
    if value.size > MAX_PIXELS:
        raise TooLarge(f"pictures of more than {MAX_PIXELS:,} pixels")
    return value


def _input(model: ServedModel, tensors: Mapping[str, Tensor]) -> Tensor:
    """The one input of a model, of its type and shape."""
    (expected,) = tensor_metadata(model.session.get_inputs())
    wanted = f"{expected.datatype} of shape {expected.shape}"
    if list(tensors) != [expected.name]:
        got = ", ".join(map(shown, tensors))
        raise BadInference(f"{model.version.name} takes one input, {expected.name!r} ({wanted}); got {got}")
    value = tensors[expected.name]
    fits = value.ndim == len(expected.shape) and all(
        side in (-1, given) for side, given in zip(expected.shape, value.shape, strict=True)
    )
    if value.dtype != DATATYPES[expected.datatype] or not fits or not value.size:
        got = f"{datatype(value.dtype)} of shape {list(value.shape)}"
        raise BadInference(f"{expected.name}: expected {wanted} (-1: any number), not empty; got {got}")
    return value
