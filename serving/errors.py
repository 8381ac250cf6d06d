"""What can go wrong; serving.http.error_responses says it in HTTP.

ServingError
├── BadSignature       401
├── UnknownModel       404
├── RefusedModel       409  a registered version that cannot be served, asked for by number or alias
├── TooManyPoints      413
├── TooLarge           413
├── UnknownEncoding    415
├── OrderTooHigh       422
├── BadArray           422
├── BadInference       400  as the Open Inference Protocol has it
├── NotPictures        422
├── BadOutput          500  what is not finite, for a client whose protocol has finite numbers only
├── Unsupported        501  an action of UM-Bridge that the model does not have
├── NotReady           503
└── TooBusy            503
"""


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
    """A registered version that cannot be served; the message says why."""

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


class BadOutput(ServingError):
    """A value beyond float64, which the answer of the protocol cannot have."""

    status = 500


class Unsupported(ServingError):
    """An action that the model does not have."""

    status = 501


class NotReady(ServingError):
    """There is nothing to serve yet, or the registry is needed and does not answer."""

    status = 503


class TooBusy(ServingError):
    """There is not enough memory left for the request beside the others."""

    status = 503
