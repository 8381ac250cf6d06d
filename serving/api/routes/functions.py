"""Functions and their derivatives."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from serving.api import request_bodies, request_parsing
from serving.api.dependencies import catalog_of, settings_of, work_queue_of
from serving.api.openapi import CHOICE, ERROR_RESPONSES, EVALUATION, SPEC, Name, parameters, schema
from serving.api.responses import JSON, NPY, json_response, npy_response
from serving.api.schemas import Choice, Evaluate, Evaluation
from serving.errors import UnknownEncoding, UnknownModel
from serving.http.headers import header
from serving.models.evaluation import EvaluationSpec
from serving.models.functions import Function
from serving.scheduling.evaluations import LARGE_BODY, evaluated
from serving.scheduling.memory_budget import share_of

_ASKED = {"x": [-1, 0, 0.5], "orders": [0, 1, 2]}
_BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"model": Evaluation, "content": {JSON: {"example": EVALUATION}, NPY: _BINARY}}
}


router = APIRouter(
    prefix="/functions",
    tags=["functions"],
    responses=_ANSWER | ERROR_RESPONSES,
    default_response_class=Response,
)


@router.get(
    "/{name}/evaluate",
    summary="Evaluate a function at points",
    openapi_extra={"parameters": parameters(SPEC, CHOICE)},
)
async def get(name: Name, request: Request) -> Response:
    """The function and its derivatives at a few points, or at equally spaced ones.

    Answers an array in NumPy's format to whoever accepts only application/x-npy.
    """
    choice, fields = request_parsing.split_query(request.scope["query_string"])
    spec = request_parsing.from_query(fields, settings_of(request).max_points)
    return await _answer(await _function(request, name, choice), spec, request)


@router.post(
    "/{name}/evaluate",
    summary="Evaluate a function at many points",
    openapi_extra={
        "parameters": parameters(SPEC.beside_a_body("x", "linspace"), CHOICE),
        "requestBody": {
            "required": True,
            "content": {JSON: {"schema": schema(Evaluate), "example": _ASKED}, NPY: _BINARY},
        },
    },
)
async def post(name: Name, request: Request) -> Response:
    """The function and its derivatives at many points.

    The points come in JSON, or as an array (n,) in NumPy's format, for which the query says the rest.
    """
    choice, fields = request_parsing.split_query(request.scope["query_string"])
    read = _reader(header(request.scope, b"content-type", JSON))
    body, most = await request_bodies.read(request), settings_of(request).max_points
    if len(body) > LARGE_BODY:
        spec = await work_queue_of(request).run(read, body, fields, most)
        share_of(request.scope).release(len(body))
        del body
    else:
        spec = read(body, fields, most)
    return await _answer(await _function(request, name, choice), spec, request)


def _reader(content_type: str) -> Callable[[bytes, request_parsing.Fields, int], EvaluationSpec]:
    media = content_type.partition(";")[0].strip().lower()
    if media == NPY:
        return request_parsing.from_npy
    if media == JSON or media.endswith("+json"):
        return request_parsing.from_json
    raise UnknownEncoding(f"Content-Type: expected {JSON} or {NPY}")


async def _function(request: Request, name: str, choice: Choice) -> Function:
    model = await catalog_of(request).find(name, choice.version, choice.alias)
    if not isinstance(model, Function):
        raise UnknownModel(f"no function {name!r} is served; GET /models lists those that are")
    return model


async def _answer(function: Function, spec: EvaluationSpec, request: Request) -> Response:
    result = await evaluated(function, spec, request.scope, work_queue_of(request))
    return npy_response(result) if NPY in header(request.scope, b"accept") else json_response(result)


# The route's name in logs and metrics.
(EVALUATE,) = {route.path for route in router.routes if isinstance(route, APIRoute)}
