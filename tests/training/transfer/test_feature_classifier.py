"""A classifier on features: in torch, as a graph, and what it says of where it looked."""

from itertools import pairwise
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper

from training.classification.pictures import Standardisation
from training.classification.pixel_classifier import PixelClassifier
from training.export.onnx_graph import graph_of, tensor
from training.transfer.efficientnet import CHANNELS, pooled
from training.transfer.feature_classifier import FeatureClassifier
from training.transfer.novelty import Seen
from training.transfer.weights import pretrained

RNG = np.random.default_rng(0)
SIZES = [(64, 64), (1, 1), (37, 300)]


def classifier(hidden: tuple[int, ...] = (), classes: int = 3, softmax: bool = True) -> FeatureClassifier:
    sizes = (CHANNELS, *hidden, classes)
    layers = [(RNG.normal(0, fan_in**-0.5, (out, fan_in)), RNG.normal(0, 0.1, out)) for fan_in, out in pairwise(sizes)]
    scaled = Standardisation(RNG.uniform(0, 0.3, CHANNELS), RNG.uniform(0.1, 0.4, CHANNELS))
    seen = Seen.of(RNG.uniform(0, 1, (9, CHANNELS)))
    return FeatureClassifier(pretrained(), PixelClassifier(scaled, layers, "tanh", softmax), seen).calibrated(0.7)


def answers(of: FeatureClassifier, pixels: np.ndarray) -> dict[str, np.ndarray]:
    with torch.inference_mode():
        return {name: part.numpy() for name, part in zip(of.outputs, of(torch.from_numpy(pixels)), strict=True)}


@pytest.mark.parametrize(
    "given", [{}, {"hidden": (5,)}, {"classes": 1, "softmax": False}, {"hidden": (6, 4), "softmax": False}]
)
def test_the_graph_takes_pictures_of_any_size_and_answers_as_torch_does(given: dict[str, Any]) -> None:
    of = classifier(**given)
    shapes = {name: part.shape[1:] for name, part in answers(of, np.zeros((1, 2, 2, 3), np.uint8)).items()}
    graph = graph_of(
        of,
        helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["n", "height", "width", 3]),
        [tensor(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()],
    )
    session = onnxruntime.InferenceSession(graph.SerializeToString())
    for size in SIZES:
        pixels = RNG.integers(0, 256, (2, *size, 3), dtype=np.uint8)
        found, truth = session.run(None, {"pixels": pixels}), answers(of, pixels)
        for part, (name, expected) in zip(found, truth.items(), strict=True):
            np.testing.assert_allclose(
                np.asarray(part), expected, atol=1e-5 * max(1, np.abs(expected).max()), err_msg=name
            )
        np.testing.assert_allclose(truth["probabilities"].sum(1), 1, atol=1e-6)


def test_attention_is_the_gradient_times_the_map() -> None:
    of = classifier(hidden=(6, 4))
    pixels = RNG.integers(0, 256, (2, 50, 40, 3), dtype=np.uint8)
    last = of.network(torch.from_numpy(pixels)).detach().requires_grad_()
    logits, _ = of.head.logits_and_gradient(pooled(last))
    (gradient,) = torch.autograd.grad((logits.amax(1) - logits.mean(1)).sum(), last)
    # The features are means over 49 places.
    slopes = 49 * gradient[:, :, 0, 0].double()
    truth = torch.einsum("nc,nchw->nhw", slopes, last.detach().double() - of.mean)
    np.testing.assert_allclose(answers(of, pixels)["attention"], truth, rtol=1e-4, atol=1e-4)


def test_novelty_is_that_of_the_features() -> None:
    of = classifier()
    pixels = RNG.integers(0, 256, (3, 30, 30, 3), dtype=np.uint8)
    with torch.inference_mode():
        found = pooled(of.network(torch.from_numpy(pixels))).numpy()
    np.testing.assert_allclose(answers(of, pixels)["novelty"], of._seen.distances(found), atol=1e-5)
    assert of.described["novelty_threshold"] == of._seen.threshold
