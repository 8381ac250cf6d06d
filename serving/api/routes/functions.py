"""Functions and their derivatives."""

from collections.abc import Callable
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from serving.api import field_parsing, request_bodies, request_parsing
from serving.api.dependencies import catalog_of, settings_of, work_queue_of
from serving.api.field_schemas import EvaluateField, FieldEvaluation
from serving.api.openapi import (
    ASKED,
    CHOICE,
    ERROR_RESPONSES,
    EVALUATION,
    FIELD_EVALUATION,
    FIELD_SPEC,
    SPEC,
    Name,
    parameters,
    schema,
)
from serving.api.responses import JSON, NPY, Result, json_response, npy_response
from serving.api.schemas import Choice, Evaluate, Evaluation
from serving.errors import UnknownEncoding, UnknownModel
from serving.http.headers import header
from serving.models.evaluation import EvaluationSpec
from serving.models.field_evaluation import FieldSpec
from serving.models.fields import FieldFunction
from serving.models.functions import Function
from serving.scheduling.evaluations import ANSWERED, LARGE_BODY, evaluated, evaluated_field
from serving.scheduling.memory_budget import share_of

_BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_ANSWERS = {"one variable": {"value": EVALUATION}, "several variables": {"value": FIELD_EVALUATION}}
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"model": Evaluation | FieldEvaluation, "content": {JSON: {"examples": _ANSWERS}, NPY: _BINARY}}
}
_BODY = {"anyOf": [schema(Evaluate), schema(EvaluateField)]}


router = APIRouter(
    prefix="/functions",
    tags=["functions"],
    responses=_ANSWER | ERROR_RESPONSES,
    default_response_class=Response,
)


@router.get(
    "/{name}/evaluate",
    summary="Evaluate a function at points",
    openapi_extra={"parameters": parameters(SPEC, FIELD_SPEC, CHOICE)},
)
async def get(name: Name, request: Request) -> Response:
    """The function and its derivatives at a few points, or at equally spaced ones.

    A point of a function of several variables has a number for each, separated by commas: x=0.5,0.2.
    Answers an array in NumPy's format to whoever accepts only application/x-npy.
    """
    choice, fields = request_parsing.split_query(request.scope["query_string"])
    function, most = await _function(request, name, choice), settings_of(request).max_points
    if isinstance(function, FieldFunction):
        return await _answer(function, field_parsing.from_query(function.metadata, fields, most), request)
    return await _answer(function, request_parsing.from_query(fields, most), request)


@router.post(
    "/{name}/evaluate",
    summary="Evaluate a function at many points",
    openapi_extra={
        "parameters": parameters(SPEC.beside_a_body("x", "linspace"), FIELD_SPEC.beside_a_body(), CHOICE),
        "requestBody": {
            "required": True,
            "content": {JSON: {"schema": _BODY, "examples": ASKED}, NPY: _BINARY},
        },
    },
)
async def post(name: Name, request: Request) -> Response:
    """The function and its derivatives at many points.

    The points come in JSON, or as an array (n,) in NumPy's format, for which the query says the rest; those of several
    variables in rows by position, in columns by name, or as an array (n, d). Of these, order 0 is the value, 1 the
    gradient and 2 the Hessian, and `derivatives` are single ones by the names of their variables.
    """
    choice, fields = request_parsing.split_query(request.scope["query_string"])
    is_array = _is_array(header(request.scope, b"content-type", JSON))
    body, most = await request_bodies.read(request), settings_of(request).max_points
    function = await _function(request, name, choice)
    read = _reader(function, is_array)
    if len(body) > LARGE_BODY:
        spec = await work_queue_of(request).run(read, body, fields, most)
        share_of(request.scope).release(len(body))
        del body
    else:
        spec = read(body, fields, most)
    return await _answer(function, spec, request)


def _is_array(content_type: str) -> bool:
    """Whether a body is in NumPy's format, and not JSON."""
    media = content_type.partition(";")[0].strip().lower()
    if media != NPY and media != JSON and not media.endswith("+json"):
        raise UnknownEncoding(f"Content-Type: expected {JSON} or {NPY}")
    return media == NPY


def _reader(
    function: Function | FieldFunction, is_array: bool
) -> Callable[[bytes, request_parsing.Fields, int], EvaluationSpec | FieldSpec]:
    """The parser of a body with points of the function, and the derivatives that are asked for."""
    if isinstance(function, FieldFunction):
        return partial(field_parsing.from_npy if is_array else field_parsing.from_json, function.metadata)
    return request_parsing.from_npy if is_array else request_parsing.from_json


async def _function(request: Request, name: str, choice: Choice) -> Function | FieldFunction:
    model = await catalog_of(request).find(name, choice.version, choice.alias)
    if not isinstance(model, Function | FieldFunction):
        raise UnknownModel(f"no function {name!r} is served; GET /models lists those that are")
    return model


async def _answer(function: Function | FieldFunction, spec: EvaluationSpec | FieldSpec, request: Request) -> Response:
    result: Result
    if isinstance(function, FieldFunction):
        assert isinstance(spec, FieldSpec), "read for this function"
        most = ANSWERED * settings_of(request).max_points
        result = await evaluated_field(function, spec, request.scope, work_queue_of(request), most)
    else:
        assert isinstance(spec, EvaluationSpec), "read for this function"
        result = await evaluated(function, spec, request.scope, work_queue_of(request))
    return npy_response(result) if NPY in header(request.scope, b"accept") else json_response(result)


# The route's name in logs and metrics.
(EVALUATE,) = {route.path for route in router.routes if isinstance(route, APIRoute)}
