"""Classifiers of pictures."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from serving import bodies, pictures
from serving.classifier_schemas import Predict, Prediction, Predictions
from serving.classifiers import Classifier, Pixels
from serving.dependencies import registry_of
from serving.documentation import CHOICE, PROBLEMS, Name, parameters
from serving.errors import NotPictures, UnknownModel
from serving.metrics import PICTURES
from serving.questions import split_query
from serving.schemas import Served

router = APIRouter(
    prefix="/classifiers",
    tags=["classifiers"],
    responses=PROBLEMS,
)

FIELD = "pictures"
_MAX_FILES = 1_000
_BODY: dict[str, Any] = {
    "parameters": parameters(CHOICE),
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": Predict.model_json_schema()},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": [FIELD],
                    "properties": {
                        FIELD: {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "description": "PNG or JPEG files of any size",
                        }
                    },
                }
            },
        },
    },
}


@router.post("/{name}/predict", summary="Classify pictures", openapi_extra=_BODY)
async def predict(name: Name, request: Request) -> Predictions:
    """The class of each picture, with the probabilities of all classes: of pixels in JSON, or of uploaded files."""
    classifier = await _classifier(request, name)
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        files = await _files(request)
        return await run_in_threadpool(lambda: _answer(classifier, pictures.from_files(files, classifier.metadata)))
    body = await bodies.read(request)
    return await run_in_threadpool(lambda: _answer(classifier, _from_json(body, classifier)))


async def _classifier(request: Request, name: str) -> Classifier:
    choice, _ = split_query(request.scope["query_string"])
    model = await registry_of(request).find(name, choice)
    if not isinstance(model, Classifier):
        raise UnknownModel(f"no classifier {name!r} is served; GET /models lists those that are")
    return model


async def _files(request: Request) -> list[tuple[str, bytes]]:
    """The names and contents of the uploaded files."""
    async with request.form(max_files=_MAX_FILES, max_fields=0) as form:
        files = [file for file in form.getlist(FIELD) if isinstance(file, UploadFile)]
        if not files or len(files) < len(form.multi_items()):
            raise NotPictures(f"expected files in the field {FIELD!r}, and nothing else")
        return [(file.filename or FIELD, await file.read()) for file in files]


def _from_json(body: bytes, classifier: Classifier) -> Pixels:
    try:
        request = Predict.model_validate_json(body)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from None
    return pictures.from_json(request.pixels, classifier.metadata.shape)


def _answer(classifier: Classifier, pixels: Pixels) -> Predictions:
    classes = classifier.metadata.classes
    predictions = [
        Prediction(
            class_name=classes[int(row.argmax())],
            probability=float(row.max()),
            probabilities=dict(zip(classes, row.tolist(), strict=True)),
        )
        for row in classifier(pixels)
    ]
    PICTURES.labels(classifier.version.name).inc(len(pixels))
    return Predictions(model=Served.of(classifier), predictions=predictions)
