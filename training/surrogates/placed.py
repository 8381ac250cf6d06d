"""Fits to exact samples: features drawn and placed, and the output layer by one least-squares solve.

Units are added until what is held out is fitted to rounding, or until they would cost too much; how steep they are, and
how far their directions follow the function's own gradients, is found on the way, where that is cheap.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from training.arrays import Array
from training.data.box import Box
from training.evidence.ridge import Triangle
from training.models.field_network import FieldLayers, FieldNetwork, FieldScaling, evaluate
from training.surrogates.ridge_features import RidgeFeatures, metric_root
from training.surrogates.samples import FieldSamples, relative_errors

# The number of units grows by doubling. More than the last cost minutes.
_FIRST_UNITS, MOST_UNITS = 125, 2_000
# Samples for each unit: with fewer the fit is not determined between them; more gain little, and cost as much again.
_LEAST_SAMPLES, _MOST_SAMPLES = 2.0, 4
# The first steepness, by what factor it changes from try to try, and how many units are looked at most for that.
_STEEPNESS, _FACTOR, _SEARCHED = 2.1, 2**0.5, 1_000
# How far directions follow the gradients, and how many units that is looked at for.
_POWERS, _TURNED = (0.0, 0.5, 1.0), 500
# Relative to the number of samples. The least is rounding's; more where samples leave too much open.
_RIDGES = (1e-32, 1e-24, 1e-16, 1e-11)
# An error at which no more ridge is needed.
_EXACT = 1e-5
# Kinks lie some way beyond the box, too.
_REACH = 1.1
# Relative errors of value, gradient and Hessian that are as good as rounding allows.
_GOALS = (1e-13, 3e-12, 1e-10)
_LEAST_GAIN = 0.97
_GRADIENTS = 2_000


@dataclass(frozen=True)
class Placement:
    """How units are drawn.

    Attributes:
        steepness: the length of their weights, about.
        power: of the average outer product of gradients that their directions follow; 0 for all directions alike.
    """

    steepness: float = _STEEPNESS
    power: float = 0.0


@dataclass(frozen=True)
class Placed:
    """A fit.

    Attributes:
        layers: the network.
        errors: relative L2 of value, gradient and Hessian at what is held out, as far as they are known there.
        placement: of its units.
        ridge: of its solve, relative to the number of samples.
    """

    layers: FieldLayers
    errors: tuple[float, ...]
    placement: Placement
    ridge: float

    @property
    def units(self) -> int:
        """The units of the hidden layer."""
        return len(self.layers.biases[0])

    @property
    def score(self) -> float:
        """The geometric mean of the errors."""
        tiny = np.finfo(np.float64).tiny
        return float(np.exp(np.mean(np.log(np.maximum(self.errors, tiny)))))

    @property
    def is_at_rounding(self) -> bool:
        """Whether more units could not be better."""
        return all(error <= goal for error, goal in zip(self.errors, _GOALS, strict=False))


def fits(
    samples: FieldSamples, held_out: FieldSamples, box: Box, seed: int, activation: str = "tanh", most: int = MOST_UNITS
) -> Iterator[Placed]:
    """Better and better fits, each with more units than the one before.

    Args:
        samples: exact ones.
        held_out: what fits are compared by.
        box: the domain.
        seed: draws the units.
        most: units.
    """
    search = _Search(samples, held_out, box, seed, activation)
    units, best = min(_FIRST_UNITS, most), None
    while True:
        last = min(most, int(len(samples.x) / _LEAST_SAMPLES)) <= units
        found = search.level(units)
        if best is None or found.score < best.score:
            yield (best := found)
        if last or found.is_at_rounding:
            return
        units = min(2 * units, most)


class _Search:
    """Fits with any number of units, from the placement that was best with fewer."""

    def __init__(self, samples: FieldSamples, held_out: FieldSamples, box: Box, seed: int, activation: str):
        order = np.random.default_rng([seed, 1]).permutation(len(samples.x))
        self._samples, self._held_out, self._seed = samples.take(order), held_out, seed
        self._scaling = FieldScaling.of(box.center, box.half_widths, samples.y)
        self._u = box.scale(self._samples.x)
        self._y = (self._samples.y - self._scaling.y_center) / self._scaling.y_scale
        self._activation = activation
        self._placement = Placement()
        self._gradients: Array | None = None

    def level(self, units: int) -> Placed:
        """The best fit with so many units, by small changes of the placement where they are cheap."""
        best = self._fit(units, self._placement)
        self._gradients = self._own_gradients(best.layers)
        if units <= _SEARCHED:
            best = self._steeper(units, best)
        if units <= _TURNED and self._u.shape[1] > 1:
            powers = [replace(best.placement, power=power) for power in _POWERS if power != best.placement.power]
            best = min([best, *map(partial(self._fit, units), powers)], key=lambda fit: fit.score)
        self._placement = best.placement
        return best

    def _steeper(self, units: int, best: Placed) -> Placed:
        """Steeper or less steep as long as that gains."""
        # More units are rather steeper than fewer.
        for factor in (_FACTOR, 1 / _FACTOR)[: 2 if units <= _TURNED else 1]:
            improved = False
            while True:
                steepness = best.placement.steepness * factor
                found = self._fit(units, replace(best.placement, steepness=steepness))
                if found.score > _LEAST_GAIN * best.score:
                    break
                best, improved = found, True
            if improved:
                break
        return best

    def _fit(self, units: int, placement: Placement) -> Placed:
        generator = np.random.default_rng([self._seed, units])
        d = self._u.shape[1]
        root = np.eye(d) if self._gradients is None else metric_root(self._gradients, placement.power)
        places = generator.uniform(-_REACH, _REACH, (units, d))
        features = RidgeFeatures.draw(places, placement.steepness, root, generator, self._activation)
        rows = min(len(self._u), _MOST_SAMPLES * units)
        triangle = Triangle()
        triangle.add(features.values(self._u[:rows]), self._y[:rows])
        candidates = []
        for ridge in _RIDGES:
            layers = features.layers(triangle.solution(ridge * rows), self._scaling)
            candidates.append(Placed(layers, relative_errors(layers, self._held_out), placement, ridge))
            if candidates[-1].score < _EXACT or (len(candidates) > 1 and candidates[-1].score > candidates[-2].score):
                break
        return min(candidates, key=lambda fit: fit.score)

    def _own_gradients(self, layers: FieldLayers) -> Array:
        """The fit's, in scaled variables and outputs, at some of the samples."""
        _, gradients = evaluate(FieldNetwork(layers), self._samples.x[:_GRADIENTS], 1)
        return np.asarray(gradients * self._scaling.x_scale / self._scaling.y_scale[:, None])
