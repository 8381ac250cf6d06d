"""The Open Inference Protocol (V2): requests and answers as JSON, with or without tensors in binary after it.

After the protocol's REST specification and its extension for binary tensor data, as Triton and KServe have it.
"""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from serving.api.nested_arrays import NotNumbers, Ragged, TooBig, array
from serving.api.open_inference.schemas import InferenceRequest, InputTensor, TensorMetadata
from serving.api.validation import validated
from serving.errors import BadInference
from serving.http import error_reports
from serving.http.error_reports import shown

Tensor = NDArray[Any]

# Names of the protocol for the types that models here have.
DATATYPES: dict[str, np.dtype[Any]] = {
    "FP64": np.dtype("<f8"),
    "FP32": np.dtype("<f4"),
    "UINT8": np.dtype("u1"),
    "INT64": np.dtype("<i8"),
}
_OF_ONNX = {"tensor(double)": "FP64", "tensor(float)": "FP32", "tensor(uint8)": "UINT8", "tensor(int64)": "INT64"}

# The digits of the length of any body.
_DIGITS = 15


def tensor_metadata(tensors: Sequence[Any]) -> list[TensorMetadata]:
    """Describe the inputs or outputs of an ONNX session."""
    return [
        TensorMetadata(
            name=tensor.name,
            datatype=_OF_ONNX[tensor.type],
            shape=[side if isinstance(side, int) else -1 for side in tensor.shape],
        )
        for tensor in tensors
    ]


def read(body: bytes, json_length: str | None) -> tuple[InferenceRequest, dict[str, Tensor]]:
    """Read a request and its tensors, by name.

    Args:
        body: JSON, and after it the binary data of those tensors that have a binary_data_size, in their order.
        json_length: the header Inference-Header-Content-Length; None where all is JSON.

    Raises:
        BadInference: it is not a request of the protocol.
    """
    head, binary = _split(body, json_length)
    try:
        request = validated(InferenceRequest, head)
    except ValidationError as error:
        raise BadInference(error_reports.sentence(error_reports.issues(error.errors()))) from None
    tensors: dict[str, Tensor] = {}
    start = 0
    for tensor in request.inputs:
        if tensor.name in tensors:
            raise BadInference(f"inputs: two are named {shown(tensor.name)}")
        size = tensor.parameters.binary_data_size
        tensors[tensor.name] = (
            _from_json(tensor) if size is None else _from_binary(tensor, binary[start : start + size])
        )
        start += size or 0
    if start != len(binary):
        raise BadInference(f"{len(binary)} bytes of binary data follow the JSON, {start} are announced")
    return request, tensors


def write(
    request: InferenceRequest, name: str, version: int, outputs: Mapping[str, Tensor], warnings: Sequence[str]
) -> tuple[dict[str, Any], list[Tensor]]:
    """Return the answer's JSON, in which tensors stand as arrays, and the tensors whose binary data follow it."""
    wanted = {output.name: output.parameters.binary_data for output in request.outputs or ()}
    described, binary = [], []
    for output, tensor in outputs.items():
        entry: dict[str, Any] = {"name": output, "datatype": datatype(tensor.dtype), "shape": list(tensor.shape)}
        asked, flat = wanted.get(output), np.ascontiguousarray(tensor).reshape(-1)
        if request.parameters.binary_data_output if asked is None else asked:
            binary.append(flat)
            entry["parameters"] = {"binary_data_size": flat.nbytes}
        else:
            entry["data"] = flat
        described.append(entry)
    content: dict[str, Any] = {"model_name": name, "model_version": str(version), "outputs": described}
    if request.id is not None:
        content["id"] = request.id
    if warnings:
        content["parameters"] = {"warnings": "; ".join(warnings)}
    return content, binary


def _split(body: bytes, json_length: str | None) -> tuple[bytes, memoryview]:
    if json_length is None:
        return body, memoryview(b"")
    is_length = json_length.isascii() and json_length.isdigit() and len(json_length) <= _DIGITS
    if not is_length or int(json_length) > len(body):
        raise BadInference(
            f"Inference-Header-Content-Length is not a length within the body of {len(body)} bytes, "
            f"but {shown(json_length)}"
        )
    return body[: int(json_length)], memoryview(body)[int(json_length) :]


def _from_binary(tensor: InputTensor, content: memoryview) -> Tensor:
    dtype, expected = _dtype(tensor), prod(tensor.shape) * _dtype(tensor).itemsize
    if len(content) != expected or tensor.parameters.binary_data_size != expected:
        raise BadInference(
            f"{_named(tensor)}: {tensor.datatype} of shape {tensor.shape} has {expected} bytes, "
            f"not {tensor.parameters.binary_data_size} announced and {len(content)} sent"
        )
    return np.frombuffer(content, dtype).reshape(tensor.shape)


def _from_json(tensor: InputTensor) -> Tensor:
    if tensor.data is None:
        raise BadInference(f"{_named(tensor)}: neither data nor binary_data_size")
    dtype = _dtype(tensor)
    try:
        given = array(tensor.data)
    except Ragged:
        raise _not_data(tensor, "rows of different lengths") from None
    except NotNumbers as error:
        raise _not_data(tensor, f"{shown(error.value)} is no number") from None
    except TooBig:
        raise _not_data(tensor, "there are numbers beyond 64 bits") from None
    if given.size != prod(tensor.shape):
        raise _not_data(tensor, f"got {given.size} of {prod(tensor.shape)} numbers")
    with np.errstate(invalid="ignore", over="ignore"):
        converted = given.astype(dtype)
    if dtype.kind == "f":
        beyond = np.isinf(converted) & ~np.isinf(given)
    else:
        beyond = (converted != given) | (given.dtype.kind == "f")
    if beyond.any():
        raise _not_data(tensor, f"{shown(given[beyond][0].item())} is not one of that type")
    return converted.reshape(tensor.shape)


def _not_data(tensor: InputTensor, why: str) -> BadInference:
    return BadInference(f"{_named(tensor)}: data are not {tensor.datatype} of shape {tensor.shape}: {why}")


def _named(tensor: InputTensor) -> str:
    """The name of a tensor that a client sent, however long."""
    return tensor.name if len(tensor.name) <= 40 and tensor.name.isascii() else shown(tensor.name)


def _dtype(tensor: InputTensor) -> np.dtype[Any]:
    try:
        return DATATYPES[tensor.datatype]
    except KeyError:
        raise BadInference(
            f"{_named(tensor)}: datatype is none of {', '.join(DATATYPES)}, but {shown(tensor.datatype)}"
        ) from None


def datatype(dtype: np.dtype[Any]) -> str:
    """The name that the protocol has for a type."""
    return next(name for name, of in DATATYPES.items() if of == dtype)
