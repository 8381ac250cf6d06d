"""What routes take from the application."""

from fastapi import Request

from serving.lanes import Lane
from serving.registry import Registry
from serving.settings import Settings


def registry_of(request: Request) -> Registry:
    """The registry that the service follows."""
    registry: Registry = request.app.state.registry
    return registry


def settings_of(request: Request) -> Settings:
    """What the service was started with."""
    settings: Settings = request.app.state.settings
    return settings


def lane_of(request: Request) -> Lane:
    """Where work is done that takes longer than a moment."""
    lane: Lane = request.app.state.lane
    return lane
