import numpy as np
import pytest

from training.models.field_network import FieldNetwork, evaluate
from training.surrogates import evident
from training.surrogates.samples import FieldSamples

NOISE = 0.1


def sampled(n: int, seed: int, noise: float = NOISE) -> FieldSamples:
    """Two outputs of two variables that matter and one that does not."""
    generator = np.random.default_rng(seed)
    x = generator.uniform(-1, 1, (n, 3)) * [1, 100, 1e-3]
    y = np.column_stack([np.sin(2 * x[:, 0] + x[:, 1] / 100), x[:, 0] * x[:, 1] / 100 + 5])
    return FieldSamples(x, (y + noise * generator.normal(size=y.shape),))


def test_bands_hold_the_truth_and_the_noise_is_found() -> None:
    found, truth = evident.fit(sampled(400, 1), seed=0, units=150), sampled(2_000, 2, noise=0)
    off = evaluate(FieldNetwork(found.layers), truth.x)[0] - truth.y
    assert np.sqrt(np.mean(off**2)) < NOISE / 2
    np.testing.assert_allclose(found.noise_std, NOISE, rtol=0.15)
    (std,) = found.posterior_std(truth.x, gradient=False)
    inside = np.mean(np.abs(off) < 2 * std)
    assert inside > 0.8
    # They are not wide for nothing.
    assert np.median(std) < NOISE / 2


def test_bands_of_the_gradient_hold_it() -> None:
    found, x = evident.fit(sampled(400, 1), seed=0, units=150), sampled(2_000, 2).x
    slope = 2 * np.cos(2 * x[:, 0] + x[:, 1] / 100)
    truth = np.column_stack([slope, slope / 200, 0 * slope])
    off = evaluate(FieldNetwork(found.layers), x, 1)[1][:, 0] - truth
    inside = np.mean(np.abs(off) < 2 * found.posterior_std(x)[1][:, 0], axis=0)
    assert (inside > 0.75).all()


def test_deviations_are_those_of_draws_of_the_posterior() -> None:
    found, x = evident.fit(sampled(100, 3), seed=0, units=20), sampled(5, 4).x
    values, gradients = found.posterior_std(x)
    generator, scaling = np.random.default_rng(0), found.scaling
    draws = []
    for _ in range(4_000):
        output = np.column_stack([p.mean + p.root @ generator.normal(size=p.root.shape[1]) for p in found.posteriors])
        draws.append(evaluate(FieldNetwork(found.features.layers(output, scaling)), x, 1))
    np.testing.assert_allclose(np.std([value for value, _ in draws], axis=0), values, rtol=0.06)
    np.testing.assert_allclose(np.std([gradient for _, gradient in draws], axis=0), gradients, rtol=0.06)


def test_samples_of_less_weight_count_less() -> None:
    samples = sampled(300, 5)
    spoiled = np.arange(300) < 100
    y = samples.y + 5 * spoiled[:, None] * np.random.default_rng(0).normal(size=(300, 2))
    truth = sampled(1_000, 6, noise=0)
    errors = []
    for weights in (None, np.where(spoiled, 0.02, 1.0)):
        found = evident.fit(FieldSamples(samples.x, (y,)), seed=0, units=100, weights=weights)
        errors.append(np.sqrt(np.mean((evaluate(FieldNetwork(found.layers), truth.x)[0] - truth.y) ** 2)))
    assert errors[1] < errors[0] / 3


@pytest.mark.parametrize("n", [3, 10])
def test_few_samples_will_do(n: int) -> None:
    found = evident.fit(sampled(n, 1), seed=0, units=50)
    x = sampled(50, 2).x
    value, std = evaluate(FieldNetwork(found.layers), x)[0], found.posterior_std(x)[0]
    assert np.isfinite(value).all()
    assert np.isfinite(std).all()
