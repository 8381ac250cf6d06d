"""Functions and their derivatives."""

from typing import Annotated

from fastapi import APIRouter, Query

from serving.dependencies import MaxPoints, TheRegistry
from serving.errors import TooManyPoints
from serving.evaluate import evaluate
from serving.schemas import Evaluate, Evaluation, Order, Point, Problem

router = APIRouter(
    prefix="/functions",
    tags=["functions"],
    responses={404: {"model": Problem}, 413: {"model": Problem}},
)


@router.get("/{name}/evaluate", response_model_exclude_none=True)
def get(
    name: str,
    registry: TheRegistry,
    max_points: MaxPoints,
    x: Annotated[list[Point], Query(min_length=1)],
    order: Annotated[list[Order], Query(min_length=1)] = [0],  # noqa: B006 (FastAPI copies it)
) -> Evaluation:
    """The function and its derivatives at a few points."""
    return post(name, Evaluate(x=x, orders=order), registry, max_points)


@router.post("/{name}/evaluate", response_model_exclude_none=True)
def post(name: str, request: Evaluate, registry: TheRegistry, max_points: MaxPoints) -> Evaluation:
    """The function and its derivatives at many points."""
    if len(request.x) > max_points:
        raise TooManyPoints(f"{len(request.x)} points are more than {max_points}")
    return evaluate(registry.function(name), request)
