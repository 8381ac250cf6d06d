from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch

from training.classification.classifier import probabilities
from training.classification.pictures import Standardisation
from training.classification.pixel_classifier import PixelClassifier

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (30, 3, 4), dtype=np.uint8)
STANDARDISATION = Standardisation.of(PIXELS)
ACTIVATIONS: dict[str, Any] = {
    "relu": lambda z: np.maximum(z, 0),
    "tanh": np.tanh,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
}


def layers(*sizes: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Weights (out, in) and biases (out,)."""
    return [(RNG.normal(size=(b, a)) / np.sqrt(a), RNG.normal(size=b)) for a, b in pairwise(sizes)]


def logits(of: list[tuple[np.ndarray, np.ndarray]], activation: str) -> np.ndarray:
    u = STANDARDISATION.inputs(PIXELS, "float64")
    for weights, biases in of[:-1]:
        u = ACTIVATIONS[activation](u @ weights.T + biases)
    return np.asarray(u @ of[-1][0].T + of[-1][1])


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(
    ("classes", "loss"), [(4, "cross_entropy"), (4, "binary_cross_entropy"), (1, "binary_cross_entropy")]
)
def test_it_says_what_the_training_says_of_its_outputs(activation: str, classes: int, loss: str) -> None:
    of = layers(12, 6, 5, classes)
    made = PixelClassifier(STANDARDISATION, of, activation, loss == "cross_entropy")
    (found,) = made(torch.from_numpy(PIXELS))
    assert found.dtype is torch.float32
    truth = probabilities(logits(of, activation), loss)
    np.testing.assert_allclose(found.detach().numpy(), truth, atol=1e-6)
    np.testing.assert_allclose(found.detach().sum(1), 1, atol=1e-6)


def test_sigmoids_that_are_all_nearly_zero_still_say_which_is_the_likeliest() -> None:
    of = [(np.zeros((3, 12)), np.array([-900.0, -901.0, -905.0]))]
    (found,) = PixelClassifier(STANDARDISATION, of, "relu", False)(torch.from_numpy(PIXELS[:1]))
    np.testing.assert_allclose(found.detach()[0], np.exp([0, -1, -5]) / np.exp([0, -1, -5]).sum(), rtol=1e-5)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hidden", [(), (6,), (6, 5)])
def test_the_gradient_is_that_of_the_largest_logit_above_the_mean(activation: str, hidden: tuple[int, ...]) -> None:
    made = PixelClassifier(STANDARDISATION, layers(12, *hidden, 4), activation, True)
    inputs = torch.from_numpy(PIXELS.reshape(30, -1).astype(float)).requires_grad_()
    found, gradient = made.logits_and_gradient(inputs)
    (truth,) = torch.autograd.grad((found.amax(1) - found.mean(1)).sum(), inputs)
    np.testing.assert_allclose(gradient.detach(), truth, atol=1e-12)
