"""The Open Inference Protocol (V2) over REST, for existing clients of Triton, KServe and others."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from serving import bodies, inference, inferring
from serving.dependencies import registry_of, settings_of
from serving.documentation import PROBLEMS
from serving.errors import UnknownModel
from serving.inference import Failure, InferenceRequest, InferenceResponse, ModelMetadata, ServerMetadata
from serving.loading import ServedModel
from serving.schemas import Choice, Health

_LENGTH = "Inference-Header-Content-Length"
_OCTETS = "application/octet-stream"
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
    model = await _model(request, name, version)
    body, length = await bodies.read(request), request.headers.get(_LENGTH)
    return await run_in_threadpool(_infer, model, body, length, settings_of(request).max_points)


def _infer(model: ServedModel, body: bytes, length: str | None, max_points: int) -> Response:
    asked, tensors = inference.read(body, length)
    names = [output.name for output in asked.outputs or ()]
    outputs, warnings = inferring.infer(model, tensors, names or None, max_points)
    served = model.version
    content, json_length = inference.write(asked, served.name, served.version, outputs, warnings)
    if json_length is None:
        return Response(content, media_type="application/json")
    return Response(content, headers={_LENGTH: str(json_length)}, media_type=_OCTETS)


async def _model(request: Request, name: str, version: int | None) -> ServedModel:
    model = await registry_of(request).find(name, Choice(version=version))
    if model is None:
        raise UnknownModel(f"no model {name!r} is served")
    return model
