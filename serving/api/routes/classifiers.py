"""Classifiers of pictures."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import orjson
from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import UploadFile

from serving.api import request_bodies
from serving.api.classifier_schemas import Predict, Predictions
from serving.api.dependencies import catalog_of, work_queue_of
from serving.api.openapi import CHOICE, ERROR_RESPONSES, Name, parameters
from serving.api.pixels import from_json, of_any_size
from serving.api.request_parsing import split_query
from serving.api.responses import JSON
from serving.api.schemas import described
from serving.api.streaming import StreamedResponse
from serving.api.validation import validated
from serving.decoding.decoder import Decoder
from serving.decoding.pictures import Pixels
from serving.errors import NotPictures, UnknownModel
from serving.models.classifiers import Answer, Classifier
from serving.scheduling.evaluations import classified
from serving.scheduling.memory_budget import share_of

router = APIRouter(
    prefix="/classifiers",
    tags=["classifiers"],
    responses=ERROR_RESPONSES,
)

FIELD = "pictures"
_MAX_FILES = 1_000
_TINY = 1e-30
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


@router.post("/{name}/predict", summary="Classify pictures", openapi_extra=_BODY, response_model=Predictions)
async def predict(name: Name, request: Request) -> Response:
    """The class of each picture, with the probabilities of all classes: of pixels in JSON, or of uploaded files."""
    classifier, queue = await _classifier(request, name), work_queue_of(request)
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        files = await _files(request)
        decoder: Decoder = request.app.state.decoder
        pixels = await decoder.decode(files, classifier.metadata)
    else:
        pixels = await queue.run(_parsed, await request_bodies.read(request), classifier)
    share_of(request.scope).hold(pixels.nbytes)
    answer = await classified(classifier, pixels, request.scope, queue)
    return StreamedResponse(_pieces(classifier, answer), JSON)


async def _classifier(request: Request, name: str) -> Classifier:
    choice, _ = split_query(request.scope["query_string"])
    model = await catalog_of(request).find(name, choice.version, choice.alias)
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


def _parsed(body: bytes, classifier: Classifier) -> Pixels:
    try:
        request = validated(Predict, body)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from None
    metadata = classifier.metadata
    return of_any_size(request.pixels, metadata) if metadata.any_size else from_json(request.pixels, metadata.shape)


def _pieces(classifier: Classifier, answer: Answer) -> Iterator[bytes]:
    """Predictions (serving.api.classifier_schemas) as JSON."""
    yield b'{"model":' + orjson.dumps(described(classifier.version)) + b',"predictions":['
    for row in range(len(answer.probabilities)):
        yield (b"," if row else b"") + orjson.dumps(_prediction(classifier, answer, row))
    yield b"]}"


def _prediction(classifier: Classifier, answer: Answer, row: int) -> dict[str, Any]:
    classes, probabilities = classifier.metadata.classes, answer.probabilities[row]
    likeliest = int(probabilities.argmax())
    found: dict[str, Any] = {
        "class_name": classes[likeliest],
        "probability": float(probabilities[likeliest]),
        "probabilities": dict(zip(classes, probabilities.tolist(), strict=True)),
    }
    if answer.novelty is not None and classifier.metadata.novelty_threshold is not None:
        novelty = float(answer.novelty[row])
        found |= {"known": novelty <= classifier.metadata.novelty_threshold, "novelty": novelty}
    if answer.attention is not None:
        places = answer.attention[row].astype(float)
        found["attention"] = (places / max(float(np.abs(places).max()), _TINY)).round(4).tolist()
    return found
