"""Functions and their derivatives."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from serving import answers, bodies, questions
from serving.dependencies import registry_of, settings_of
from serving.documentation import CHOICE, EVALUATION, JSON, PROBLEMS, QUESTION, Name, parameters, schema
from serving.errors import UnknownEncoding, UnknownModel
from serving.evaluate import Question, evaluate
from serving.headers import header
from serving.models import Function
from serving.questions import NPY
from serving.schemas import Choice, Evaluate, Evaluation

# What takes longer than about a millisecond is done beside the event loop, so that others are not kept waiting: bodies
# of so many bytes, and evaluations of so many products of a point, a weight and an order.
_LARGE_BODY = 65_536
_LARGE_WORK = 5_000_000

_ASKED = {"x": [-1, 0, 0.5], "orders": [0, 1, 2]}
_BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"model": Evaluation, "content": {JSON: {"example": EVALUATION}, NPY: _BINARY}}
}


router = APIRouter(
    prefix="/functions",
    tags=["functions"],
    responses=_ANSWER | PROBLEMS,
    default_response_class=Response,
)


@router.get(
    "/{name}/evaluate",
    summary="Evaluate a function at points",
    openapi_extra={"parameters": parameters(QUESTION, CHOICE)},
)
async def get(name: Name, request: Request) -> Response:
    """The function and its derivatives at a few points, or at equally spaced ones.

    Answers an array in NumPy's format to whoever accepts only application/x-npy.
    """
    choice, fields = questions.split_query(request.scope["query_string"])
    question = questions.from_query(fields, settings_of(request).max_points)
    return await _answer(await _function(request, name, choice), question, request)


@router.post(
    "/{name}/evaluate",
    summary="Evaluate a function at many points",
    openapi_extra={
        "parameters": parameters(QUESTION.beside_a_body("x", "linspace"), CHOICE),
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
    choice, fields = questions.split_query(request.scope["query_string"])
    read = _reader(header(request.scope, b"content-type", JSON))
    body, most = await bodies.read(request), settings_of(request).max_points
    if len(body) > _LARGE_BODY:
        question = await run_in_threadpool(read, body, fields, most)
    else:
        question = read(body, fields, most)
    return await _answer(await _function(request, name, choice), question, request)


def _reader(content_type: str) -> Callable[[bytes, questions.Fields, int], Question]:
    media = content_type.partition(";")[0].strip().lower()
    if media == NPY:
        return questions.from_npy
    if media == JSON or media.endswith("+json"):
        return questions.from_json
    raise UnknownEncoding(f"Content-Type: expected {JSON} or {NPY}")


async def _function(request: Request, name: str, choice: Choice) -> Function:
    model = await registry_of(request).find(name, choice)
    if not isinstance(model, Function):
        raise UnknownModel(f"no function {name!r} is served; GET /models lists those that are")
    return model


async def _answer(function: Function, question: Question, request: Request) -> Response:
    binary = NPY in header(request.scope, b"accept")
    work = len(question.x) * function.weights * (max(question.orders) + 1)
    if work > _LARGE_WORK:
        response = await run_in_threadpool(_response, function, question, binary)
    else:
        response = _response(function, question, binary)
    function.points.inc(len(question.x))
    return response


def _response(function: Function, question: Question, binary: bool) -> Response:
    answer = evaluate(function, question)
    if binary:
        return Response(answers.as_npy(answer), headers=answers.headers(answer), media_type=NPY)
    return answers.Written(answers.as_json(answer), JSON.encode())


# As logs and metrics name it.
(EVALUATE,) = {route.path for route in router.routes if isinstance(route, APIRoute)}
