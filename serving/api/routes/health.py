"""Whether the service lives, and whether it can answer."""

from fastapi import APIRouter, Request

from serving.api.dependencies import catalog_of
from serving.api.openapi import ERROR_RESPONSES
from serving.api.schemas import Health

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live", summary="Ask whether the process runs")
async def live() -> Health:
    """The process runs."""
    return Health(status="live")


@router.get("/ready", summary="Ask whether something is served", responses={503: ERROR_RESPONSES[503]})
async def ready(request: Request) -> Health:
    """At least one model is served; else 503 says why not."""
    catalog_of(request).require_ready()
    return Health(status="ready")
