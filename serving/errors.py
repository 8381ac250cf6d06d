"""What can go wrong, and the one place that says it in HTTP.

ServingError
├── UnknownModel       404
├── TooManyPoints      413
├── NotReady           503
├── OrderTooHigh       422
├── NotPictures        422
├── TooLarge           413
└── RefusedModel       never reaches a client: a registered version that can not be served
"""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse


class ServingError(Exception):
    """Base of all errors of the service."""

    status = 500


class UnknownModel(ServingError):
    """No function, or no classifier, of that name is served."""

    status = 404


class TooManyPoints(ServingError):
    """More points than one request may have."""

    status = 413


class OrderTooHigh(ServingError):
    """A derivative that the model does not have."""

    status = 422


class NotPictures(ServingError):
    """What was sent to be classified is not that, or not of the shape that the classifier takes."""

    status = 422


class TooLarge(ServingError):
    """More pictures, or larger ones, than one request may have."""

    status = 413


class NotReady(ServingError):
    """There is nothing to serve yet."""

    status = 503


class RefusedModel(ServingError):
    """A registered version that can not be served; the message says why."""


def install(app: FastAPI) -> None:
    """Answer errors as {"detail": ...}, without repeating a client's input, which may not even be JSON."""

    @app.exception_handler(ServingError)
    def _(request: Request, error: ServingError) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, error.status)

    @app.exception_handler(RequestValidationError)
    def _(request: Request, error: RequestValidationError) -> JSONResponse:
        detail = [{"loc": entry["loc"], "msg": entry["msg"], "type": entry["type"]} for entry in error.errors()]
        return JSONResponse({"detail": detail}, 422)
