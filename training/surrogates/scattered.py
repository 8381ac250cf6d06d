"""Fits to scattered samples by the method that fits best what is held out."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.data.box import Box
from training.models.field_network import FieldLayers, FieldNetwork, evaluate
from training.surrogates import evident
from training.surrogates.evident import Evident
from training.surrogates.placed import Placed
from training.surrogates.placed import fits as placed_fits
from training.surrogates.samples import FieldSamples, relative_errors
from training.surrogates.trained import HELD_OUT, Recipe, Trained, average, train

Array = NDArray[np.float64]

METHODS = ("evidence", "varpro", "placed")
# What variable projection starts from.
_RECIPES = (Recipe((20,), 0.3), Recipe((50,), 1.0), Recipe((30, 30), 0.5))
# Networks that are averaged, each stopped by another part of the samples.
_NETWORKS = 3
# Products of an iteration of variable projection, above which a recipe is left out; and its samples at most.
_MOST_PRODUCTS, _MOST_SAMPLES = 2e10, 5_000
# The fit with bands is kept unless another has this part of its error.
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
        noise: an estimate of the standard deviation of a sample of weight 1, (m,).
        evident: the fit with its bands, where the method is evidence.
        warnings: what a user should know of it.
    """

    method: str
    layers: FieldLayers
    errors: Mapping[str, float]
    noise: Array
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
        order = np.random.default_rng(seed).permutation(len(samples.x))
        count = min(len(order) - 1, max(1, round(HELD_OUT * len(order))))
        self._samples, self._box, self._seed, self._weights = samples, box, seed, weights
        self._held_out, self._seen = np.sort(order[:count]), np.sort(order[count:])
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
        noise = found.noise if found else self._held_out_noise(layers)
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
        self._trained = min(map(self._train, self._recipes()), key=lambda pair: pair[1].error)
        return self._trained[1].error

    def _varpro(self) -> tuple[FieldLayers, Evident | None]:
        recipe, first = self._trained
        others = [self._train(recipe, number)[1] for number in range(1, _NETWORKS)]
        return average([one.layers for one in (first, *others)]), None

    def _recipes(self) -> Iterator[Recipe]:
        rows, d = min(len(self._seen), _MOST_SAMPLES), self._samples.x.shape[1]
        for recipe in _RECIPES:
            sizes = (d, *recipe.hidden)
            parameters = sum((a + 1) * b for a, b in zip(sizes, recipe.hidden, strict=False))
            deep = len(recipe.hidden) > 1
            if recipe is _RECIPES[0] or (rows * parameters**2 < _MOST_PRODUCTS and (rows > parameters or not deep)):
                yield recipe

    def _train(self, recipe: Recipe, number: int = 0) -> tuple[Recipe, Trained]:
        """A network stopped by the samples that are held out, or by others of that number."""
        seen, held_out = self._seen, self._held_out
        if number:
            order = np.random.default_rng([self._seed, number]).permutation(len(self._samples.x))
            held_out, seen = order[: len(held_out)], order[len(held_out) :]
        seen = seen[: len(seen)] if len(seen) <= _MOST_SAMPLES else _drawn(seen, self._seed)
        pair = self._samples.take(seen), self._samples.take(held_out)
        return recipe, train(*pair, recipe, self._seed + number, self._weights[seen])

    def _try_placed(self) -> float:
        if self._evident is not None and np.max(self._evident.noise / self._samples.y.std(axis=0)) > _NOISY:
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


def _drawn(rows: NDArray[np.intp], seed: int) -> NDArray[np.intp]:
    return np.random.default_rng(seed).choice(rows, _MOST_SAMPLES, replace=False)


def _warnings(error: float, points: int) -> Iterator[str]:
    if error > _POOR:
        yield f"the fit explains little: its error at {points} samples held out is {error:.2g} of their spread"
