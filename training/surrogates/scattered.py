"""Fits to scattered samples by the method that fits best what is held out."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from training.arrays import Array
from training.data.box import Box
from training.models.field_network import FieldLayers, FieldNetwork, evaluate
from training.surrogates import evident
from training.surrogates.evident import Evident
from training.surrogates.placed import Placed
from training.surrogates.placed import fits as placed_fits
from training.surrogates.samples import FieldSamples, relative_errors, split
from training.surrogates.trained import HELD_OUT, ITERATIONS, NetworkSpec, Trained, average, train

METHODS = ("evidence", "varpro", "placed")
# What variable projection starts from.
_SPECS = tuple(NetworkSpec((units,), steepness) for units in (20, 50, 100) for steepness in (0.3, 1.0))
_SPECS += (NetworkSpec((30, 30), 0.5),)
# Units that are tried although there are fewer samples than parameters.
_SMALL = 50
# Iterations by which specs are compared, samples for that, and samples at most.
_COMPARED, _COMPARED_SAMPLES, _MOST_SAMPLES = 60, 1_500, 5_000
# Networks that are averaged, each stopped by another part of the samples; and products of the training of one, which
# take about half a minute.
_NETWORKS, _MOST_PRODUCTS = 5, 1e12
# The fit with a posterior is kept unless another has this part of its error.
_BETTER = 0.9
# Noise, relative to the spread, above which samples have too much of it for the placed method.
_NOISY = 1e-3
# What is said of fits that are little better than a constant.
_POOR = 0.5


@dataclass(frozen=True)
class ScatteredFit:
    """A fit to scattered samples.

    Attributes:
        method: one of METHODS.
        layers: the network.
        errors: by method that was tried, the relative L2 error at the samples that were held out from it.
        noise_std: an estimate of the standard deviation of a sample of weight 1, (m,).
        evident: the fit with its posterior, where the method is evidence.
        warnings: what a user should know of it.
    """

    method: str
    layers: FieldLayers
    errors: Mapping[str, float]
    noise_std: Array
    evident: Evident | None
    warnings: tuple[str, ...]


def fit(
    samples: FieldSamples, box: Box, seed: int = 0, method: str = "auto", weights: Array | None = None
) -> ScatteredFit:
    """Fit samples, of which a tenth, drawn by the seed, is held out to choose by; then learn from all.

    Args:
        samples: any; only the values are looked at.
        box: the domain.
        method: one of METHODS, or `auto`.
        weights: (n,) of the samples, the reciprocals of their standard errors, about 1; all alike if not given.
    """
    return _Choice(samples, box, seed, np.ones(len(samples.x)) if weights is None else weights).best(method)


class _Choice:
    """The methods side by side."""

    def __init__(self, samples: FieldSamples, box: Box, seed: int, weights: Array):
        self._samples, self._box, self._seed, self._weights = samples, box, seed, weights
        self._seen, self._held_out = split(len(samples.x), HELD_OUT, seed)
        self._evident: Evident | None = None

    def best(self, method: str) -> ScatteredFit:
        """The fit by a method, or by the best one."""
        tries: dict[str, Callable[[], float]] = {
            "evidence": self._try_evidence,
            "varpro": self._try_varpro,
            "placed": self._try_placed,
        }
        errors = {name: attempt() for name, attempt in tries.items() if method in (name, "auto")}
        least = min(errors, key=lambda name: errors[name] * (_BETTER if name == "evidence" else 1.0))
        finals = {"evidence": self._evidence, "varpro": self._varpro, "placed": self._placed}
        layers, found = finals[least]()
        noise = found.noise_std if found else self._held_out_noise(layers)
        return ScatteredFit(least, layers, errors, noise, found, tuple(_warnings(errors[least], len(self._held_out))))

    def _error(self, layers: FieldLayers) -> float:
        known = self._samples.take(self._held_out)
        return relative_errors(layers, FieldSamples(known.x, known.values[:1]))[0]

    def _try_evidence(self) -> float:
        self._evident = evident.fit(self._samples.take(self._seen), self._seed, weights=self._weights[self._seen])
        return self._error(self._evident.layers)

    def _evidence(self) -> tuple[FieldLayers, Evident | None]:
        whole = evident.fit(self._samples, self._seed, weights=self._weights)
        return whole.layers, whole

    def _try_varpro(self) -> float:
        few = len(self._seen) <= _COMPARED_SAMPLES
        # Few samples have time for all of it; of many the first iterations say enough of a layer alone.
        iterations = ITERATIONS if few else _COMPARED
        tried = {spec: self._train(spec, 0, iterations, _COMPARED_SAMPLES) for spec in self._specs()}
        best = min(tried, key=lambda spec: tried[spec].error)
        self._trained = best, tried[best]
        if not few:
            # Two layers are slower to train, and far ahead in the end.
            self._trained = min(
                ((spec, self._train(spec, 0, self._iterations(spec))) for spec in dict.fromkeys([best, _SPECS[-1]])),
                key=lambda pair: pair[1].error,
            )
        return self._trained[1].error

    def _varpro(self) -> tuple[FieldLayers, Evident | None]:
        spec, first = self._trained
        # Of many samples the width decides, and no average.
        count = _NETWORKS if len(self._seen) <= _COMPARED_SAMPLES else 1
        others = [self._train(spec, number, ITERATIONS) for number in range(1, count)]
        return average([one.layers for one in (first, *others)]), None

    def _specs(self) -> Iterator[NetworkSpec]:
        rows, d = len(self._seen), self._samples.x.shape[1]
        for spec in _SPECS:
            if rows > 2 * spec.parameters(d) or spec.hidden <= (_SMALL,):
                yield spec

    def _iterations(self, spec: NetworkSpec) -> int:
        """The number of iterations that take no more than some time."""
        rows, outputs = min(len(self._seen), _MOST_SAMPLES), self._samples.y.shape[1]
        products = rows * outputs * spec.parameters(self._samples.x.shape[1]) ** 2
        return int(np.clip(_MOST_PRODUCTS / products, _COMPARED, ITERATIONS))

    def _train(self, spec: NetworkSpec, number: int, iterations: int, most: int = _MOST_SAMPLES) -> Trained:
        """A network stopped by the samples that are held out, or by others of that number."""
        seen, held_out = self._seen, self._held_out
        if number:
            order = np.random.default_rng([self._seed, number]).permutation(len(self._samples.x))
            held_out, seen = order[: len(held_out)], order[len(held_out) :]
        seen = seen if len(seen) <= most else np.random.default_rng(self._seed).choice(seen, most, replace=False)
        pair = self._samples.take(seen), self._samples.take(held_out)
        return train(*pair, spec, self._seed + number, self._weights[seen], iterations)

    def _try_placed(self) -> float:
        if self._evident is not None and np.max(self._evident.noise_std / self._samples.y.std(axis=0)) > _NOISY:
            return np.inf
        known = self._samples.take(self._held_out)
        seen, held_out = self._samples.take(self._seen), FieldSamples(known.x, known.values[:1])
        *_, self._best_placed = placed_fits(seen, held_out, self._box, self._seed)
        return self._best_placed.errors[0]

    def _placed(self) -> tuple[FieldLayers, Evident | None]:
        found: Placed = self._best_placed
        return found.layers, None

    def _held_out_noise(self, layers: FieldLayers) -> Array:
        known = self._samples.take(self._held_out)
        off = evaluate(FieldNetwork(layers), known.x)[0] - known.y
        return np.asarray(np.sqrt(np.mean(off**2, axis=0)))


def _warnings(error: float, points: int) -> Iterator[str]:
    if error > _POOR:
        yield f"the fit explains little: its error at {points} samples held out is {error:.2g} of their spread"
