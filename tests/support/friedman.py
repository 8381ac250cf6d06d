"""Friedman's function of five variables, as it is known from tests of surrogates, and samples of it."""

import numpy as np

from training.data.box import Box
from training.data.designs import sample
from training.surrogates.samples import FieldSamples
from training.targets.fields import parse

BOX = Box.parse("x1:0,1; x2:0,1; x3:0,1; x4:0,1; x5:0,1")
FRIEDMAN = parse("10*sin(pi*x1*x2)+20*(x3-0.5)**2+10*x4+5*x5", BOX.variables)


def sampled(n: int, seed: int, order: int = 0, noise: float = 0) -> FieldSamples:
    """So many samples, with their derivatives to the order, and noise on the values."""
    x = sample(BOX, n, "uniform", seed)
    y, *derivatives = FRIEDMAN.evaluate(x, order)
    return FieldSamples(x, (y + noise * np.random.default_rng(seed).normal(size=y.shape), *derivatives))
