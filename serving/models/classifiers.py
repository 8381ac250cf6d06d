"""A registered classifier, loaded: an ONNX graph from raw pixels to probabilities, and what it says of itself."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto
from onnxruntime import InferenceSession
from pydantic import BaseModel, Field, FiniteFloat

from serving.decoding.pictures import Pixels
from serving.errors import RefusedModel
from serving.models.graph_validation import Tensor, largest, require_bounded
from serving.models.graphs import CHUNK, loading, open_session, points_together, read_graph
from serving.models.logged_model import Version, checked, description

Numbers = NDArray[np.float32]
Probabilities = Numbers

# A probability is rounded to float32; the machine that stored it may round differently before that.
_SELF_CHECK_TOLERANCE = 1e-5

Side = Annotated[int, Field(ge=1, le=4_096)]
Places = Annotated[int, Field(ge=1, le=64)]
Fraction = Annotated[float, Field(ge=0, le=1)]


class Example(BaseModel):
    """Pictures, as the base64 of their bytes, and for each the probabilities of the classes, and its novelty if any."""

    pixels: str
    probabilities: list[list[Fraction]]
    novelty: list[FiniteFloat] = []


class Metadata(BaseModel):
    """What a registered classifier says of itself; written by whoever registered it.

    Attributes:
        shape: of a picture: (height, width), or (height, width, 3) in colours.
        preparation: how a picture of any size becomes one of that shape (serving.decoding.pictures).
        any_size: the graph itself takes pictures (n, height, width, 3) of any size. It is given those of that shape all
            the same, as in its training.
        temperature, calibration_error: how it was calibrated, and how far off its probabilities are after that.
        novelty_threshold: of a graph that answers a novelty, that above which a picture is none of the classes.
        attention: of a graph that says where it looked, the rows and columns of places.
    """

    kind: Literal["classifier"]
    dataset: str
    classes: Annotated[list[str], Field(min_length=2)]
    shape: tuple[Side, Side] | tuple[Side, Side, Literal[3]]
    preparation: Literal["digit", "resize"]
    l2_lambda: FiniteFloat
    train_accuracy: Fraction
    test_accuracy: Fraction
    network: str | None = None
    any_size: bool = False
    temperature: FiniteFloat | None = None
    calibration_error: Fraction | None = None
    novelty_threshold: FiniteFloat | None = None
    attention: tuple[Places, Places] | None = None
    example: Example

    @property
    def given(self) -> tuple[int, ...]:
        """The shape of the pictures that the graph is given: those of any size are in colours."""
        return (*self.shape[:2], 3) if self.any_size else self.shape


class Answer(NamedTuple):
    """The answer of a classifier for n pictures.

    Attributes:
        probabilities: (n, classes).
        novelty: how far each is from all that was seen in training, (n,), where the classifier knows.
        attention: how much each place speaks for the likeliest class, (n, rows, columns), where it does.
    """

    probabilities: Probabilities
    novelty: Numbers | None = None
    attention: Numbers | None = None

    @classmethod
    def joined(cls, parts: Sequence["Answer"]) -> "Answer":
        """Join the answers for several parts of the pictures, in order."""
        columns = ([part for part in of if part is not None] for of in zip(*parts, strict=True))
        probabilities, novelty, attention = (np.concatenate(of) if of else None for of in columns)
        assert probabilities is not None, "every part has them"
        return cls(probabilities, novelty, attention)

    @property
    def size(self) -> int:
        """Its bytes."""
        return sum(part.nbytes for part in self if part is not None)


@dataclass(frozen=True)
class Classifier:
    """A classifier that answers with the probability of each class.

    Attributes:
        together: pictures that are evaluated at a time.
    """

    version: Version
    metadata: Metadata
    session: InferenceSession
    together: int = CHUNK

    def __call__(self, pixels: Pixels) -> Answer:
        """Classify pictures (n, *shape)."""
        tensors = _outputs(self.metadata)
        found = [np.empty((len(pixels), *tensor.shape), np.float32) for tensor in tensors.values()]
        for start in range(0, len(pixels), self.together):
            chunk = slice(start, start + self.together)
            parts = self.session.run(list(tensors), {"pixels": self._given(pixels[chunk])})
            for whole, part in zip(found, parts, strict=True):
                whole[chunk] = np.asarray(part)
        return Answer(**dict(zip(tensors, found, strict=True)))

    def _given(self, pixels: Pixels) -> Pixels:
        """Pictures as the graph takes them: grey ones too in colours where it takes colours."""
        grey = self.metadata.any_size and pixels.ndim == 3
        return np.repeat(pixels[..., None], 3, -1) if grey else pixels


def load(folder: Path, version: Version, said: Mapping[str, Any] | None = None) -> Classifier:
    """Load a logged classifier from its folder; as with functions, nothing in it can run code.

    Raises:
        RefusedModel: it is not one of ours, is damaged, or does not answer its own example.
    """
    metadata = checked(Metadata, description(folder) if said is None else said, "a classifier")
    inputs = {"pixels": Tensor(TensorProto.UINT8, metadata.given, metadata.any_size)}
    outputs = _outputs(metadata)
    with loading():
        graph = read_graph(folder, inputs, outputs, together=1)
        together = _together(graph, inputs)
        require_bounded(graph, inputs, outputs, together)
        session = open_session(_of_size(graph, metadata.given))
    classifier = Classifier(version, metadata, session, together)
    if said is None:
        _check(classifier)
    return classifier


def _outputs(metadata: Metadata) -> dict[str, Tensor]:
    """The outputs of a classifier's graph."""
    found = {"probabilities": Tensor(TensorProto.FLOAT, (len(metadata.classes),))}
    if metadata.novelty_threshold is not None:
        found["novelty"] = Tensor(TensorProto.FLOAT)
    if metadata.attention is not None:
        found["attention"] = Tensor(TensorProto.FLOAT, metadata.attention)
    return found


def _of_size(graph: onnx.ModelProto, shape: tuple[int, ...]) -> onnx.ModelProto:
    """The graph for pictures of this size only: of others it was not looked at."""
    (pixels,) = graph.graph.input
    for dim, side in zip(pixels.type.tensor_type.shape.dim[1:], shape, strict=True):
        dim.dim_value = side
    return graph


def _together(graph: onnx.ModelProto, inputs: Mapping[str, Tensor]) -> int:
    """How many pictures are evaluated at a time: of what convolves them, as many as stay in the cache."""
    convolves = any(node.op_type == "Conv" for node in graph.graph.node)
    return points_together(largest(graph, inputs)) if convolves else CHUNK


def _check(classifier: Classifier) -> None:
    """Ask the classifier for the example that was stored with it."""
    metadata = classifier.metadata
    truth = np.array(metadata.example.probabilities)
    try:
        content = base64.b64decode(metadata.example.pixels, validate=True)
        answer = classifier(np.frombuffer(content, np.uint8).reshape(-1, *metadata.shape))
    except Exception as error:
        raise RefusedModel(f"it does not answer its own example: {error}") from error
    if not _same(answer.probabilities, truth):
        raise RefusedModel("its probabilities differ from its own example")
    if answer.novelty is not None and not _same(answer.novelty, np.array(metadata.example.novelty)):
        raise RefusedModel("its novelty differs from its own example")


def _same(answer: Numbers, truth: NDArray[np.float64]) -> bool:
    return answer.shape == truth.shape and np.allclose(answer, truth, rtol=0, atol=_SELF_CHECK_TOLERANCE)
