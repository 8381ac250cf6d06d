"""MLflow's webhooks: a change in the registry is followed at once, and not with the next poll."""

import base64
import hashlib
import hmac
import time
from typing import Any

from fastapi import APIRouter, Request, Response

from serving.api.dependencies import settings_of
from serving.api.openapi import Responses, problem
from serving.errors import BadSignature, UnknownModel

# A signature that is older, or from a clock further ahead, is not taken: who has overheard one cannot use it later.
_MAX_AGE_SECONDS = 300

_HEADERS = {
    "X-MLflow-Delivery-Id": ("Id of the delivery", "3f1c7a52-8f0e-4a35-9f57-0c4b8a1d2e6f"),
    "X-MLflow-Timestamp": ("Seconds since 1970 at which it was sent", "1767225600"),
    "X-MLflow-Signature": (
        "`v1,` and the HMAC-SHA256, in Base64, of id, time and body, with dots between",
        "v1,47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    ),
}
_PARAMETERS: dict[str, Any] = {
    "parameters": [
        {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
        | {"description": description, "example": example}
        for name, (description, example) in _HEADERS.items()
    ]
}
_PROBLEMS: Responses = {
    401: problem(
        "The signature is not that of the secret", "the signature does not fit the secret, the body and the time"
    ),
    404: problem("The service has no secret", "no webhook_secret is set"),
    413: problem("Too large", "the body is larger than 2200000 bytes"),
}

router = APIRouter(prefix="/webhooks", tags=["webhooks"])


@router.post(
    "/mlflow",
    summary="Follow a change in the registry at once",
    status_code=204,
    response_class=Response,
    openapi_extra=_PARAMETERS,
    responses=_PROBLEMS,
)
async def mlflow(request: Request) -> Response:
    """Something has changed in the registry; what it is, is read there. The signature is MLflow's."""
    secret = settings_of(request).webhook_secret
    if secret is None:
        raise UnknownModel("no webhook_secret is set")
    delivery, sent, signature = (request.headers.get(name, "") for name in _HEADERS)
    signed = f"{delivery}.{sent}.".encode() + await request.body()
    digest = hmac.new(secret.get_secret_value().encode(), signed, hashlib.sha256).digest()
    if not hmac.compare_digest(b"v1," + base64.b64encode(digest), signature.encode()) or not _recent(sent):
        raise BadSignature("the signature does not fit the secret, the body and the time")
    request.app.state.watcher.wake()
    return Response(status_code=204)


def _recent(sent: str) -> bool:
    return sent.isascii() and sent.isdigit() and abs(time.time() - int(sent)) <= _MAX_AGE_SECONDS
