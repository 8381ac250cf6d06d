"""UM-Bridge, the protocol of uncertainty quantification and optimisation: functions and their derivatives, exact.

Its clients send JSON without a content type at times, which is read all the same.
"""

from collections.abc import Awaitable, Callable
from functools import reduce
from typing import Any, TypeVar

import numpy as np
import orjson
from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from serving.api import request_bodies
from serving.api.dependencies import catalog_of, work_queue_of
from serving.api.openapi import Responses, faults, problem, schema
from serving.api.responses import JSON, PlainResponse
from serving.api.umbridge import adapters
from serving.api.umbridge.adapters import ORDERS, AnyFunction, Derivative, point, sizes, vector
from serving.api.umbridge.schemas import (
    ApplyHessian,
    ApplyJacobian,
    Config,
    Evaluate,
    Failure,
    Gradient,
    Info,
    InputSizes,
    ModelInfo,
    ModelQuestion,
    OutputSizes,
    Product,
    Support,
    Values,
)
from serving.api.validation import validated
from serving.arrays import Array
from serving.errors import BadArray, UnknownModel
from serving.models.fields import FieldFunction
from serving.models.functions import Function

PREFIX = "/umbridge"
Asked = TypeVar("Asked", bound=ModelQuestion)

_MISTAKE = {"type": "InvalidInput", "message": "input: expected 2 numbers, got 3"}
_SUPPORT = {"support": dict.fromkeys(ORDERS, True)}
_BEYOND = {"type": "InvalidOutput", "message": "the output is beyond the range of float64"}
_FAILURES: Responses = {
    400: problem("InvalidInput, ModelNotFound or UnsupportedFeature", _MISTAKE, Failure),
    **faults(Failure, 408, 413, 415, 503, 504),
    500: problem("InvalidOutput", _BEYOND, Failure),
}

router = APIRouter(prefix=PREFIX, tags=["UM-Bridge"], responses=faults(Failure, 401))


def _described(asked: type[BaseModel], answer: type[BaseModel], example: object) -> dict[str, Any]:
    """How an action's body and its answer are described, with an example of each."""
    properties = schema(asked)["properties"]
    body = {name: entry["examples"][0] for name, entry in properties.items() if "examples" in entry}
    content = {JSON: {"schema": schema(asked), "example": body}}
    return {
        "openapi_extra": {"requestBody": {"required": True, "content": content}},
        "responses": _FAILURES | {200: {"model": answer, "content": {JSON: {"example": example}}}},
    }


@router.get("/Info", summary="List the functions")
async def info(request: Request) -> Info:
    """The functions that are served, of one variable and of several."""
    served = catalog_of(request).models()
    return Info(models=[model.version.name for model in served if isinstance(model, Function | FieldFunction)])


@router.post(
    "/ModelInfo", summary="Ask which derivatives a function has", **_described(ModelQuestion, ModelInfo, _SUPPORT)
)
async def model_info(request: Request) -> ModelInfo:
    """The actions that the function supports."""
    function, _ = await _asked(request, ModelQuestion)
    return ModelInfo(support=Support(**{name: order <= function.max_order for name, order in ORDERS.items()}))


@router.post(
    "/InputSizes",
    summary="Ask how many variables a function has",
    **_described(ModelQuestion, InputSizes, {"inputSizes": [1]}),
)
async def input_sizes(request: Request) -> InputSizes:
    """One input, of a number for each variable."""
    function, _ = await _asked(request, ModelQuestion)
    return InputSizes(inputSizes=[sizes(function)[0]])


@router.post(
    "/OutputSizes",
    summary="Ask how many outputs a function has",
    **_described(ModelQuestion, OutputSizes, {"outputSizes": [1]}),
)
async def output_sizes(request: Request) -> OutputSizes:
    """One output, of a number for each of the function's."""
    function, _ = await _asked(request, ModelQuestion)
    return OutputSizes(outputSizes=[sizes(function)[1]])


@router.post(
    "/Evaluate",
    summary="Evaluate a function at a point",
    **_described(Evaluate, Values, {"output": [[0.3520653267642995]]}),
)
async def evaluate(request: Request) -> Response:
    """The value."""
    function, asked = await _asked(request, Evaluate)
    found = await _derivative(request, function, asked, "Evaluate")
    return _answer([adapters.finite(found.values)], found)


@router.post(
    "/Gradient",
    summary="Apply sens to the Jacobian",
    **_described(Gradient, Product, {"output": [-0.17603266338214973]}),
)
async def gradient(request: Request) -> Response:
    """The gradient of sens · f."""
    function, asked = await _asked(request, Gradient)
    sens = vector("sens", asked.sens, sizes(function)[1])
    found = await _derivative(request, function, asked, "Gradient")
    return _product(found, sens, found.values)


@router.post(
    "/ApplyJacobian",
    summary="Apply the Jacobian to vec",
    **_described(ApplyJacobian, Product, {"output": [-0.17603266338214973]}),
)
async def apply_jacobian(request: Request) -> Response:
    """The derivative of f in the direction of vec."""
    function, asked = await _asked(request, ApplyJacobian)
    vec = vector("vec", asked.vec, sizes(function)[0])
    found = await _derivative(request, function, asked, "ApplyJacobian")
    return _product(found, found.values, vec)


@router.post(
    "/ApplyHessian",
    summary="Apply the Hessian to vec",
    **_described(ApplyHessian, Product, {"output": [-0.2640489950732246]}),
)
async def apply_hessian(request: Request) -> Response:
    """The Hessian of sens · f, times vec."""
    function, asked = await _asked(request, ApplyHessian)
    d, m = sizes(function)
    sens, vec = vector("sens", asked.sens, m), vector("vec", asked.vec, d)
    found = await _derivative(request, function, asked, "ApplyHessian")
    return _product(found, sens, found.values, vec)


# What the fast path calls, by its path.
ACTIONS: dict[str, Callable[[Request], Awaitable[Response]]] = {
    f"{PREFIX}/Evaluate": evaluate,
    f"{PREFIX}/Gradient": gradient,
    f"{PREFIX}/ApplyJacobian": apply_jacobian,
    f"{PREFIX}/ApplyHessian": apply_hessian,
}


async def _asked(request: Request, kind: type[Asked]) -> tuple[AnyFunction, Asked]:
    """A function, and what is asked of it."""
    body = await request_bodies.read(request)
    try:
        asked = validated(kind, body)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from None
    config: Config = asked.config
    model = await catalog_of(request).find(asked.name, config.version, config.alias)
    if not isinstance(model, Function | FieldFunction):
        raise UnknownModel(f"no function {asked.name[:80]!r} is served; GET {PREFIX}/Info lists those that are")
    return model, asked


async def _derivative(request: Request, function: AnyFunction, asked: Evaluate, action: str) -> Derivative:
    x = point(function, asked.input)
    found = await adapters.derivative(function, x, action, request.scope, work_queue_of(request))
    if not found.inside and not asked.config.extrapolate:
        raise BadArray(found.warnings[0])
    return found


def _product(found: Derivative, *factors: Array) -> Response:
    """The product of vectors and a derivative, from the right."""
    with np.errstate(over="ignore", invalid="ignore"):
        product = reduce(lambda right, left: left @ right, reversed(factors))
    return _answer(adapters.finite(product), found)


def _answer(output: object, found: Derivative) -> Response:
    content = {"output": output} | ({"warnings": found.warnings} if found.warnings else {})
    return PlainResponse(orjson.dumps(content), JSON.encode())
