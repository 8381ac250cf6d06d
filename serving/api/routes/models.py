"""What is served, what is refused, and what else is registered."""

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from serving.api.classifier_schemas import ClassifierModel
from serving.api.dependencies import catalog_of, settings_of
from serving.api.field_schemas import FieldModel
from serving.api.openapi import ERROR_RESPONSES, Name
from serving.api.schemas import Model, Refused, RegisteredVersion, described
from serving.models.classifiers import Classifier
from serving.models.fields import FieldFunction
from serving.models.loading import ServedModel

router = APIRouter(prefix="/models", tags=["models"], responses={401: ERROR_RESPONSES[401]})


@router.get("", summary="List what is served")
async def models(request: Request) -> list[Model | FieldModel | ClassifierModel | Refused]:
    """Every served version: a function with its variables, domain and errors, a classifier with its classes.

    A version that has the alias and is not served follows, with its state as kind and the reason.
    """
    catalog = catalog_of(request)
    served = [_describe(request, model) for model in catalog.models()]
    alias = settings_of(request).alias
    others = [
        Refused(**(described(slot.version) | {"alias": alias}), kind=slot.state, reason=slot.reason)
        for slot in catalog.others()
        if slot.state != "served"
    ]
    return [*served, *others]


@router.get(
    "/{name}/versions",
    summary="List the registered versions of a model",
    responses={status: ERROR_RESPONSES[status] for status in (404, 422, 503)},
)
async def versions(request: Request, name: Name) -> list[RegisteredVersion]:
    """The hundred newest versions in the registry, newest first; requests may name any of them."""
    listed = await run_in_threadpool(catalog_of(request).versions, name)
    return [
        RegisteredVersion(
            version=entry.version,
            aliases=entry.aliases,
            run_id=entry.run_id,
            run_url=_run_url(request, entry.experiment_id, entry.run_id),
        )
        for entry in listed
    ]


def _describe(request: Request, model: ServedModel) -> Model | FieldModel | ClassifierModel:
    run_url = _run_url(request, model.version.experiment_id, model.version.run_id)
    if isinstance(model, FieldFunction):
        return FieldModel.describe(model, run_url)
    return ClassifierModel.describe(model, run_url) if isinstance(model, Classifier) else Model.describe(model, run_url)


def _run_url(request: Request, experiment_id: str, run_id: str) -> str | None:
    """Where MLflow's UI shows a run."""
    if not experiment_id:
        return None
    return f"{settings_of(request).ui_url.rstrip('/')}/#/experiments/{experiment_id}/runs/{run_id}"
