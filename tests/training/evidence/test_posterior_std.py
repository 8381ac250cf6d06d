import numpy as np

from training.evidence.posterior_std import Ensemble, as_output_layers, points
from training.evidence.smoothness import Observations, choose
from training.features.local import Units
from training.features.placement import even

RNG = np.random.default_rng(0)
NOISE = 0.1


def ensemble(n: int) -> tuple[Ensemble, Observations]:
    u = np.sort(RNG.uniform(-1, 1, n))
    y = np.sin(4 * u) + RNG.normal(0, NOISE, n)
    observations = Observations(u, y[None], np.ones((1, n)))
    return Ensemble.of(choose(observations), observations), observations


def test_bands_hold_the_function_and_few_samples_have_wide_ones() -> None:
    u = np.linspace(-1, 1, 101)
    widths = []
    for n in (60, 1_000):
        fits, observations = ensemble(n)
        assert fits.is_mean == (n < 200)
        np.testing.assert_allclose(fits.weights.sum(), 1)
        std = fits.posterior_std(observations, u)
        assert std.shape == (3, 101)
        inside = np.abs(fits.values(u, 0) - np.sin(4 * u)) < 2 * std[0]
        assert inside.mean() > 0.8
        widths.append(std[0].mean())
    assert widths[0] > 2 * widths[1]


def test_the_layers_are_what_the_fits_say() -> None:
    for n in (60, 300):
        fits, _ = ensemble(n)
        hidden, output = fits.layers()
        slopes, offsets = np.split(hidden, 2)
        u = np.linspace(-1, 1, 21)
        found = np.tanh(u[:, None] * slopes + offsets) @ output[:-1] + output[-1]
        np.testing.assert_allclose(found, fits.values(u, 0), atol=1e-8)


def test_logarithms_of_standard_deviations_are_outputs_of_the_same_units() -> None:
    units = Units.spaced(even(), 20, 0.5, 1)
    u = points(units)
    assert (u[0], u[-1]) == (-1, 1)
    assert (np.diff(u) > 0).all()
    std = np.exp(np.array([np.sin(2 * u), -u]))
    layers = as_output_layers(units, u, std, 50)
    assert layers.shape == (2, 50)
    slopes, offsets = np.split(units.hidden(), 2)
    found = np.tanh(u[:, None] * slopes + offsets) @ layers[:, : len(slopes)].T + layers[:, -1]
    np.testing.assert_allclose(found.T, np.log(std), atol=0.02)
