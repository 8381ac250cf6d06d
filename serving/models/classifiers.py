"""A registered classifier, loaded: an ONNX graph from raw pixels to probabilities, and what it says of itself."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto
from onnxruntime import InferenceSession
from pydantic import BaseModel, Field, FiniteFloat

from serving.decoding.pictures import Pixels
from serving.errors import RefusedModel
from serving.models.graph_validation import Tensor
from serving.models.graphs import CHUNK, loading, open_session, read_graph
from serving.models.logged_model import Version, checked, description

Probabilities = NDArray[np.float32]

# A probability is rounded to float32; the machine that stored it may round differently before that.
_SELF_CHECK_TOLERANCE = 1e-5

Side = Annotated[int, Field(ge=1, le=4_096)]
Fraction = Annotated[float, Field(ge=0, le=1)]


class Example(BaseModel):
    """Pictures, as the base64 of their bytes, and the probabilities of the classes of each."""

    pixels: str
    probabilities: list[list[Fraction]]


class Metadata(BaseModel):
    """What a registered classifier says of itself; written by whoever registered it.

    Attributes:
        shape: of a picture: (height, width), or (height, width, 3) in colours.
        preparation: how a picture of any size becomes one of that shape (serving.decoding.pictures).
    """

    kind: Literal["classifier"]
    dataset: str
    classes: Annotated[list[str], Field(min_length=2)]
    shape: tuple[Side, Side] | tuple[Side, Side, Literal[3]]
    preparation: Literal["digit", "resize"]
    l2_lambda: FiniteFloat
    train_accuracy: Fraction
    test_accuracy: Fraction
    example: Example


@dataclass(frozen=True)
class Classifier:
    """A classifier that answers with the probability of each class."""

    version: Version
    metadata: Metadata
    session: InferenceSession

    def __call__(self, pixels: Pixels) -> Probabilities:
        """The probabilities (n, classes) for pictures (n, *shape)."""
        found = np.empty((len(pixels), len(self.metadata.classes)), np.float32)
        for start in range(0, len(pixels), CHUNK):
            chunk = slice(start, start + CHUNK)
            found[chunk] = np.asarray(self.session.run(["probabilities"], {"pixels": pixels[chunk]})[0])
        return found


def load(folder: Path, version: Version, said: Mapping[str, Any] | None = None) -> Classifier:
    """Load a logged classifier from its folder; as with functions, nothing in it can run code.

    Raises:
        RefusedModel: it is not one of ours, is damaged, or does not answer its own example.
    """
    metadata = checked(Metadata, description(folder) if said is None else said, "a classifier")
    inputs = {"pixels": Tensor(TensorProto.UINT8, metadata.shape)}
    outputs = {"probabilities": Tensor(TensorProto.FLOAT, (len(metadata.classes),))}
    with loading():
        session = open_session(read_graph(folder, inputs, outputs))
    classifier = Classifier(version, metadata, session)
    if said is None:
        _check(classifier)
    return classifier


def _check(classifier: Classifier) -> None:
    """Ask the classifier for the example that was stored with it."""
    metadata = classifier.metadata
    truth = np.array(metadata.example.probabilities)
    try:
        content = base64.b64decode(metadata.example.pixels, validate=True)
        answer = classifier(np.frombuffer(content, np.uint8).reshape(-1, *metadata.shape))
    except Exception as error:
        raise RefusedModel(f"it does not answer its own example: {error}") from error
    if answer.shape != truth.shape or not np.allclose(answer, truth, rtol=0, atol=_SELF_CHECK_TOLERANCE):
        raise RefusedModel("its probabilities differ from its own example")
