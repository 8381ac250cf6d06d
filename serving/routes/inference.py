"""The Open Inference Protocol (V2) over REST, for existing clients of Triton, KServe and others."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from serving import bodies, inference, inferring
from serving.answers import JSON, json_pieces
from serving.classifiers import Classifier
from serving.dependencies import lane_of, registry_of, settings_of
from serving.documentation import PROBLEMS
from serving.errors import UnknownModel
from serving.inference import Failure, InferenceRequest, InferenceResponse, ModelMetadata, ServerMetadata, Tensor
from serving.inferring import Outputs
from serving.loading import ServedModel
from serving.memory import share_of
from serving.scheduling import LARGE_BODY, evaluated
from serving.schemas import Choice, Health
from serving.streamed import Streamed

_LENGTH = "Inference-Header-Content-Length"
_OCTETS = "application/octet-stream"
# Numbers of a binary tensor that are sent together.
_PIECE = 8_192
_FAILURES: dict[int | str, dict[str, Any]] = {
    status: described | {"model": Failure} for status, described in PROBLEMS.items() if status != 401
}

Number = Annotated[int, Path(ge=1, le=2**31 - 1)]

router = APIRouter(prefix="/v2", tags=["Open Inference Protocol"])
models = APIRouter(
    prefix="/v2/models/{name}", tags=["Open Inference Protocol"], responses=_FAILURES | {401: PROBLEMS[401]}
)


@router.get("", responses={401: PROBLEMS[401]})
async def server() -> ServerMetadata:
    """The service and what of the protocol it extends."""
    return ServerMetadata(name="derivable", version="2", extensions=["binary_tensor_data"])


@router.get("/health/live")
async def live() -> Health:
    """The process runs."""
    return Health(status="live")


@router.get("/health/ready", responses={503: {"model": Failure}})
async def ready(request: Request) -> Health:
    """At least one model is served."""
    registry_of(request).require_ready()
    return Health(status="ready")


@models.get("")
@models.get("/versions/{version}")
async def metadata(request: Request, name: str, version: Number | None = None) -> ModelMetadata:
    """The inputs and outputs of a model."""
    model = await _model(request, name, version)
    return inferring.metadata(model, [model.version.version])


@models.get("/ready")
@models.get("/versions/{version}/ready")
async def model_ready(request: Request, name: str, version: Number | None = None) -> Health:
    """Whether a model answers."""
    await _model(request, name, version)
    return Health(status="ready")


_BODY: dict[str, Any] = {
    "parameters": [
        {
            "name": _LENGTH,
            "in": "header",
            "required": False,
            "schema": {"type": "integer", "minimum": 0},
            "description": "length of the JSON, where binary data follow it",
        }
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": InferenceRequest.model_json_schema()},
            _OCTETS: {"schema": {"type": "string", "format": "binary"}},
        },
    },
}
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"model": InferenceResponse, "content": {_OCTETS: {"schema": {"type": "string", "format": "binary"}}}},
    400: {"model": Failure, "description": "Not a request of the protocol, or not for this model"},
}


@models.post("/infer", openapi_extra=_BODY, responses=_ANSWER)
@models.post("/versions/{version}/infer", openapi_extra=_BODY, responses=_ANSWER)
async def infer(request: Request, name: str, version: Number | None = None) -> Response:
    """The outputs of a model for the inputs that are sent."""
    # First the body, which is counted as it comes: the model may have to be fetched.
    body, length = await bodies.read(request), request.headers.get(_LENGTH)
    model = await _model(request, name, version)
    if len(body) > LARGE_BODY:
        asked, tensors = await lane_of(request).run(inference.read, body, length)
    else:
        asked, tensors = inference.read(body, length)
    share_of(request.scope).hold(sum(tensor.nbytes for tensor in tensors.values()))
    names = inferring.wanted(model, [output.name for output in asked.outputs or ()])
    outputs, warnings = await _outputs(request, model, tensors, names)
    return _response(*inference.write(asked, model.version.name, model.version.version, outputs, warnings))


async def _outputs(
    request: Request, model: ServedModel, tensors: Mapping[str, Tensor], names: list[str]
) -> tuple[Outputs, list[str]]:
    """The outputs of those names, and what not to trust about them."""
    lane = lane_of(request)
    if isinstance(model, Classifier):
        return {"probabilities": await lane.run(model, inferring.pixels(model, tensors))}, []
    question = inferring.question(model, tensors, names, settings_of(request).max_points)
    answer = await evaluated(model, question, request.scope, lane)
    return inferring.outputs(answer, names), answer.warnings


def _response(content: dict[str, Any], binary: list[Tensor]) -> Response:
    pieces = json_pieces(content)
    if not binary:
        return Streamed(pieces, JSON)
    head = b"".join(pieces)
    length = len(head) + sum(tensor.nbytes for tensor in binary)
    return Streamed(chain([head], *map(_slices, binary)), _OCTETS, {_LENGTH: str(len(head))}, length)


def _slices(tensor: Tensor) -> Iterator[bytes]:
    return (tensor[start : start + _PIECE].tobytes() for start in range(0, len(tensor), _PIECE))


async def _model(request: Request, name: str, version: int | None) -> ServedModel:
    model = await registry_of(request).find(name, Choice(version=version))
    if model is None:
        raise UnknownModel(f"no model {name!r} is served")
    return model
