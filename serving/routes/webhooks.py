"""MLflow's webhooks: a change in the registry is followed at once, and not with the next poll."""

import base64
import hashlib
import hmac
import time
from typing import Any

from fastapi import APIRouter, Request, Response

from serving.dependencies import settings_of
from serving.errors import BadSignature, UnknownModel
from serving.schemas import Problem

# A signature that is older, or from a clock further ahead, is not taken: who has overheard one can not use it later.
_MAX_AGE_SECONDS = 300

_HEADERS = ("X-MLflow-Delivery-Id", "X-MLflow-Timestamp", "X-MLflow-Signature")
_PARAMETERS: dict[str, Any] = {
    "parameters": [{"name": name, "in": "header", "required": True, "schema": {"type": "string"}} for name in _HEADERS]
}

router = APIRouter(prefix="/webhooks", tags=["webhooks"])


@router.post(
    "/mlflow",
    status_code=204,
    response_class=Response,
    openapi_extra=_PARAMETERS,
    responses={401: {"model": Problem}, 404: {"model": Problem}, 413: {"model": Problem}},
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
    request.app.state.follower.wake()
    return Response(status_code=204)


def _recent(sent: str) -> bool:
    return sent.isascii() and sent.isdigit() and abs(time.time() - int(sent)) <= _MAX_AGE_SECONDS
