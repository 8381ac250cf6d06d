"""Whether the service lives, and whether it can answer."""

from fastapi import APIRouter, Request

from serving.dependencies import registry_of
from serving.schemas import Health, Problem

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
async def live() -> Health:
    """The process runs."""
    return Health(status="live")


@router.get("/ready", responses={503: {"model": Problem}})
async def ready(request: Request) -> Health:
    """At least one model is served; else 503 says why not."""
    registry_of(request).require_ready()
    return Health(status="ready")
