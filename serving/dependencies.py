"""What routes take from the application."""

from typing import Annotated

from fastapi import Depends, Request

from serving.registry import Registry


def _registry(request: Request) -> Registry:
    registry: Registry = request.app.state.registry
    return registry


def _max_points(request: Request) -> int:
    limit: int = request.app.state.settings.max_points
    return limit


TheRegistry = Annotated[Registry, Depends(_registry)]
MaxPoints = Annotated[int, Depends(_max_points)]
