"""What can go wrong, and the one place that says it in HTTP.

ServingError
├── BadSignature       401
├── UnknownModel       404
├── RefusedModel       409  a registered version that can not be served, asked for by number or alias
├── TooManyPoints      413
├── TooLarge           413
├── UnknownEncoding    415
├── OrderTooHigh       422
├── BadArray           422
├── BadInference       400  as the Open Inference Protocol has it
├── NotPictures        422
├── NotReady           503
└── TooBusy            503
"""

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from serving import mistakes


class ServingError(Exception):
    """Base of all errors of the service."""

    status = 500


class UnknownModel(ServingError):
    """No function, or no classifier, of that name, or no such version of it."""

    status = 404


class BadSignature(ServingError):
    """A webhook that is not signed with the secret."""

    status = 401


class RefusedModel(ServingError):
    """A registered version that can not be served; the message says why."""

    status = 409


class TooManyPoints(ServingError):
    """More points than one request may have."""

    status = 413


class TooLarge(ServingError):
    """More bytes, more pictures, or larger ones, than one request may have."""

    status = 413


class UnknownEncoding(ServingError):
    """A body in a format, or compressed in a way, that is not read here."""

    status = 415


class OrderTooHigh(ServingError):
    """A derivative that the model does not have."""

    status = 422


class BadArray(ServingError):
    """Points that are not an array of finite numbers."""

    status = 422


class BadInference(ServingError):
    """A request that is not one of the Open Inference Protocol, or not for this model."""

    status = 400


class NotPictures(ServingError):
    """What was sent to be classified is not that, or not of the shape that the classifier takes."""

    status = 422


class NotReady(ServingError):
    """There is nothing to serve yet, or the registry is needed and does not answer."""

    status = 503


class TooBusy(ServingError):
    """There is not enough memory left for the request beside the others."""

    status = 503


def install(app: FastAPI) -> None:
    """Answer errors as {"detail": ...}, repeating of a client's input what is short; it may not even be JSON."""

    async def answer(request: Request, error: Exception) -> Response:
        return in_http(request.url.path, error)

    async def answer_bug(request: Request, error: Exception) -> Response:
        return bug(request.url.path)

    for kind in KNOWN:
        app.add_exception_handler(kind, answer)
    app.add_exception_handler(Exception, answer_bug)


def in_http(path: str, error: Exception) -> Response:
    """The answer to a request that one of the known errors has ended."""
    if isinstance(error, ServingError):
        return problem(path, error.status, str(error), _LATER if isinstance(error, TooBusy) else None)
    if isinstance(error, RequestValidationError):
        return problem(path, 422, mistakes.issues(error.errors()))
    assert isinstance(error, HTTPException), "one of the known errors"
    return problem(path, error.status_code, error.detail, dict(error.headers or {}))


def bug(path: str) -> Response:
    """The answer where an error is nobody's but ours; nothing of it is told."""
    return problem(path, 500, "internal error")


def problem(path: str, status: int, detail: object, headers: dict[str, str] | None = None) -> Response:
    """{"detail": ...}, or for clients of the Open Inference Protocol {"error": ...}."""
    inference = path == "/v2" or path.startswith("/v2/")
    if inference and isinstance(detail, list):
        detail = mistakes.sentence(detail)
    content = {"error": str(detail)} if inference else {"detail": detail}
    return Response(orjson.dumps(content), status, headers, "application/json")


_LATER = {"Retry-After": "1"}
KNOWN = (ServingError, RequestValidationError, HTTPException)
