"""The samples behind a function of data."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from serving.api.dependencies import catalog_of
from serving.api.openapi import ERROR_RESPONSES, Name
from serving.api.schemas import Choice, Served, described
from serving.errors import UnknownModel
from serving.models.fields import FieldFunction
from serving.models.functions import Function

router = APIRouter(
    prefix="/functions",
    tags=["functions"],
    responses={status: ERROR_RESPONSES[status] for status in (401, 404, 409, 422, 503)},
)


class SamplesAnswer(BaseModel):
    """Samples in the order of x, evenly taken from all, with the standard errors of y where they are known."""

    model: Served
    count: int = Field(description="how many samples the data have")
    x: list[float]
    y: list[float]
    standard_error: list[float] | None = None


@router.get("/{name}/samples", summary="List the samples that a function was fitted to")
async def samples(request: Request, name: Name, choice: Annotated[Choice, Query()]) -> SamplesAnswer:
    """Up to 500 of the samples of the data; none where a function was fitted, or where they were not registered."""
    model = await catalog_of(request).find(name, choice.version, choice.alias)
    if not isinstance(model, Function | FieldFunction):
        raise UnknownModel(f"no function {name!r} is served; GET /models lists those that are")
    found = model.metadata.samples if isinstance(model, Function) else None
    served = Served.model_validate(described(model.version))
    if found is None:
        return SamplesAnswer(model=served, count=0, x=[], y=[])
    return SamplesAnswer(model=served, **found.model_dump())
