"""Whether the service lives, and whether it can answer."""

from fastapi import APIRouter

from serving.dependencies import TheRegistry
from serving.schemas import Health, Problem

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
def live() -> Health:
    """The process runs."""
    return Health(status="live")


@router.get("/ready", responses={503: {"model": Problem}})
def ready(registry: TheRegistry) -> Health:
    """At least one function is served; else 503 says why not."""
    registry.require_ready()
    return Health(status="ready")
