"""Whether the service lives, and whether it can answer."""

from fastapi import APIRouter, Request

from serving.dependencies import registry_of
from serving.documentation import PROBLEMS
from serving.schemas import Health

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live", summary="Ask whether the process runs")
async def live() -> Health:
    """The process runs."""
    return Health(status="live")


@router.get("/ready", summary="Ask whether something is served", responses={503: PROBLEMS[503]})
async def ready(request: Request) -> Health:
    """At least one model is served; else 503 says why not."""
    registry_of(request).require_ready()
    return Health(status="ready")
