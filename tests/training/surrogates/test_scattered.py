import numpy as np
import torch
from torch.func import jacrev

from tests.support.fields import layers
from tests.support.friedman import BOX, sampled
from training.data.box import Box
from training.data.designs import sample
from training.models.field_network import FieldNetwork, FieldScaling, evaluate
from training.models.jacobian import HiddenLayers
from training.surrogates import scattered
from training.surrogates.samples import FieldSamples, relative_errors
from training.targets.fields import parse


def test_features_of_several_variables_and_their_jacobian() -> None:
    given = layers((3, 4, 2, 1))
    s = given.scaling
    x = np.random.default_rng(0).normal(size=(6, 3))
    hidden = HiddenLayers((4, 2), "tanh", (x - s.x_center) / s.x_scale)
    theta = np.concatenate(
        [part.ravel() for pair in zip(given.weights[:2], given.biases[:2], strict=True) for part in pair]
    )
    output = np.append(given.weights[2], given.biases[2])
    expected = evaluate(FieldNetwork(given), x)[0][:, 0]
    np.testing.assert_allclose(hidden.features(theta) @ output * s.y_scale + s.y_center, expected, rtol=1e-13)
    transposed = np.empty((hidden.parameters, 6))
    hidden.linearise(theta).at(output, np.ones(6)).write_jacobian(transposed)

    def function(flat: torch.Tensor) -> torch.Tensor:
        u = torch.from_numpy((x - s.x_center) / s.x_scale)
        one = torch.tanh(u @ flat[:12].view(3, 4) + flat[12:16])
        two = torch.tanh(one @ flat[16:24].view(4, 2) + flat[24:])
        result: torch.Tensor = two @ torch.from_numpy(output[:-1]) + output[-1]
        return result

    np.testing.assert_allclose(transposed.T, jacrev(function)(torch.from_numpy(theta)).numpy(), atol=1e-14)


def test_exact_samples_are_fitted_by_what_is_best_for_them() -> None:
    found = scattered.fit(sampled(300, 0), BOX, seed=0)
    assert found.method == "varpro"
    assert found.errors["varpro"] < found.errors["evidence"] / 3
    assert relative_errors(found.layers, sampled(2_000, 9))[0] < 3e-3
    assert found.warnings == ()


def test_noisy_samples_are_fitted_with_bands() -> None:
    found = scattered.fit(sampled(300, 0, noise=1), BOX, seed=0)
    assert found.method == "evidence"
    assert found.evident is not None
    np.testing.assert_allclose(found.noise_std, 1, rtol=0.25)


def test_many_samples_of_a_smooth_function_are_fitted_by_placed_features() -> None:
    box = Box.parse("x:-1,1; y:-1,1")
    function = parse("exp(-x**2-y**2)*cos(3*x*y+2*x); x*y", box.variables)
    x = sample(box, 2_000, "uniform", 1)
    found = scattered.fit(FieldSamples(x, function.evaluate(x)), box, seed=0, method="placed")
    other = sample(box, 2_000, "uniform", 2)
    errors = relative_errors(found.layers, FieldSamples(other, function.evaluate(other, 2)))
    assert errors[0] < 1e-9
    assert errors[2] < 1e-5


def test_what_can_not_be_explained_says_so() -> None:
    samples = FieldSamples(sampled(60, 0).x, (np.random.default_rng(0).normal(size=(60, 1)),))
    (warning,) = scattered.fit(samples, BOX, seed=0).warnings
    assert "explains little: its error at 6 samples held out is" in warning


def test_several_outputs_have_several_noises() -> None:
    samples = sampled(300, 0)
    noise = np.random.default_rng(3).normal(size=(300, 2)) * [0.5, 2]
    found = scattered.fit(FieldSamples(samples.x, (samples.y + noise,)), BOX, seed=0, method="evidence")
    np.testing.assert_allclose(found.noise_std, [0.5, 2], rtol=0.25)
    assert isinstance(found.layers.scaling, FieldScaling)
