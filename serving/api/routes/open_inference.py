"""The Open Inference Protocol (V2) over REST, for existing clients of Triton, KServe and others."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from fastapi import APIRouter, Request, Response

from serving.api import request_bodies
from serving.api.dependencies import catalog_of, settings_of, work_queue_of
from serving.api.open_inference import adapters, codec
from serving.api.open_inference.adapters import Outputs
from serving.api.open_inference.codec import Tensor
from serving.api.open_inference.schemas import (
    Failure,
    InferenceRequest,
    InferenceResponse,
    ModelMetadata,
    ServerMetadata,
)
from serving.api.openapi import ERROR_RESPONSES, Name, Number, failures, problem, schema
from serving.api.responses import JSON, Result, json_pieces
from serving.api.schemas import Health
from serving.api.streaming import StreamedResponse
from serving.errors import UnknownModel
from serving.models.classifiers import Classifier
from serving.models.fields import FieldFunction
from serving.models.loading import ServedModel
from serving.scheduling.evaluations import ANSWERED, LARGE_BODY, classified, evaluated, evaluated_field
from serving.scheduling.memory_budget import share_of

_LENGTH = "Inference-Header-Content-Length"
_OCTETS = "application/octet-stream"
# Numbers of a binary tensor that are sent together.
_PIECE = 8_192

router = APIRouter(prefix="/v2", tags=["Open Inference Protocol"])
models = APIRouter(prefix="/v2/models/{name}", tags=["Open Inference Protocol"], responses=failures(Failure))


@router.get("", summary="Describe the service", responses={401: ERROR_RESPONSES[401]})
async def server() -> ServerMetadata:
    """The service and what of the protocol it extends."""
    return ServerMetadata(name="derivable", version="2", extensions=["binary_tensor_data"])


@router.get("/health/live", summary="Ask whether the process runs")
async def live() -> Health:
    """The process runs."""
    return Health(status="live")


@router.get("/health/ready", summary="Ask whether something is served", responses={503: failures(Failure)[503]})
async def ready(request: Request) -> Health:
    """At least one model is served."""
    catalog_of(request).require_ready()
    return Health(status="ready")


@models.get("", summary="Describe the inputs and outputs of a model")
async def metadata(request: Request, name: Name) -> ModelMetadata:
    """The inputs and outputs of the served version."""
    return await _metadata(request, name)


@models.get("/versions/{version}", summary="Describe the inputs and outputs of a version")
async def metadata_of_version(request: Request, name: Name, version: Number) -> ModelMetadata:
    """The inputs and outputs of this version."""
    return await _metadata(request, name, version)


async def _metadata(request: Request, name: str, version: int | None = None) -> ModelMetadata:
    model = await _model(request, name, version)
    return adapters.metadata(model, [model.version.version])


@models.get("/ready", summary="Ask whether a model answers")
async def model_ready(request: Request, name: Name) -> Health:
    """Whether there is a served version."""
    await _model(request, name)
    return Health(status="ready")


@models.get("/versions/{version}/ready", summary="Ask whether a version answers")
async def version_ready(request: Request, name: Name, version: Number) -> Health:
    """Whether this version can be served."""
    await _model(request, name, version)
    return Health(status="ready")


_ASKED = {
    "inputs": [{"name": "x", "datatype": "FP64", "shape": [2], "data": [0.0, 0.5]}],
    "outputs": [{"name": "d0"}, {"name": "d1"}],
}
_ANSWERED = {
    "model_name": "gaussian",
    "model_version": "1",
    "outputs": [
        {"name": "d0", "datatype": "FP64", "shape": [2], "data": [0.3989422804014327, 0.3520653267642995]},
        {"name": "d1", "datatype": "FP64", "shape": [2], "data": [0.0, -0.17603266338214973]},
    ],
}
_BODY: dict[str, Any] = {
    "parameters": [
        {
            "name": _LENGTH,
            "in": "header",
            "required": False,
            "schema": {"type": "integer", "minimum": 0},
            "examples": {"not given": {}, "binary": {"value": 95}},
            "description": "Length of the JSON, where binary data follow it; not given, all is JSON",
        }
    ],
    "requestBody": {
        "required": True,
        "content": {
            JSON: {"schema": schema(InferenceRequest), "example": _ASKED},
            _OCTETS: {"schema": {"type": "string", "format": "binary"}},
        },
    },
}
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "model": InferenceResponse,
        "content": {JSON: {"example": _ANSWERED}, _OCTETS: {"schema": {"type": "string", "format": "binary"}}},
    },
    400: problem("Not a request of the protocol, or not for this model", "inputs: Field required", Failure),
}


@models.post("/infer", summary="Evaluate a model", openapi_extra=_BODY, responses=_ANSWER)
async def infer(request: Request, name: Name) -> Response:
    """The outputs of the served version for the inputs that are sent."""
    return await _answer(request, name)


@models.post("/versions/{version}/infer", summary="Evaluate a version", openapi_extra=_BODY, responses=_ANSWER)
async def infer_version(request: Request, name: Name, version: Number) -> Response:
    """The outputs of this version for the inputs that are sent."""
    return await _answer(request, name, version)


async def _answer(request: Request, name: str, version: int | None = None) -> Response:
    # First the body, which is counted as it comes: the model may have to be fetched.
    body, length = await request_bodies.read(request), request.headers.get(_LENGTH)
    model = await _model(request, name, version)
    if len(body) > LARGE_BODY:
        asked, tensors = await work_queue_of(request).run(codec.read, body, length)
    else:
        asked, tensors = codec.read(body, length)
    share_of(request.scope).hold(sum(tensor.nbytes for tensor in tensors.values()))
    names = adapters.wanted(model, [output.name for output in asked.outputs or ()])
    outputs, warnings = await _outputs(request, model, tensors, names)
    return _response(*codec.write(asked, model.version.name, model.version.version, outputs, warnings))


async def _outputs(
    request: Request, model: ServedModel, tensors: Mapping[str, Tensor], names: list[str]
) -> tuple[Outputs, list[str]]:
    """The outputs of those names, and what not to trust about them."""
    queue, most = work_queue_of(request), settings_of(request).max_points
    if isinstance(model, Classifier):
        answer = await classified(model, adapters.pixels(model, tensors), request.scope, queue)
        return {name: part for name, part in answer._asdict().items() if name in names}, []
    result: Result
    if isinstance(model, FieldFunction):
        field_spec = adapters.field_spec(model, tensors, names, most)
        result = await evaluated_field(model, field_spec, request.scope, queue, ANSWERED * most)
    else:
        result = await evaluated(model, adapters.spec(model, tensors, names, most), request.scope, queue)
    return adapters.outputs(result, names), result.warnings


def _response(content: dict[str, Any], binary: list[Tensor]) -> Response:
    pieces = json_pieces(content)
    if not binary:
        return StreamedResponse(pieces, JSON)
    head = b"".join(pieces)
    length = len(head) + sum(tensor.nbytes for tensor in binary)
    return StreamedResponse(chain([head], *map(_slices, binary)), _OCTETS, {_LENGTH: str(len(head))}, length)


def _slices(tensor: Tensor) -> Iterator[bytes]:
    return (tensor[start : start + _PIECE].tobytes() for start in range(0, len(tensor), _PIECE))


async def _model(request: Request, name: str, version: int | None = None) -> ServedModel:
    model = await catalog_of(request).find(name, version)
    if model is None:
        raise UnknownModel(f"no model {name!r} is served")
    return model
