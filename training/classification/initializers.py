"""The weights from which a classifier starts: the study's six initialisations, with the generator that it used."""

from collections.abc import Callable
from itertools import pairwise
from math import sqrt

from numpy.random import RandomState

from training.arrays import Array

# Of a matrix (out, in): He (He et al., Delving deep into rectifiers, 2015); Xavier is Glorot and Bengio (2010) as the
# study has it, with the fan-in alone, and Bengio with the sum of both fans.
INITIALIZATIONS: dict[str, Callable[[RandomState, int, int], Array]] = {
    "uniform": lambda generator, out, fan_in: generator.rand(out, fan_in),
    "uniform/100": lambda generator, out, fan_in: generator.rand(out, fan_in) * 0.01,
    "gaussian": lambda generator, out, fan_in: generator.randn(out, fan_in),
    "xavier": lambda generator, out, fan_in: generator.randn(out, fan_in) / sqrt(fan_in),
    "he": lambda generator, out, fan_in: generator.randn(out, fan_in) * sqrt(2 / fan_in),
    "bengio": lambda generator, out, fan_in: generator.randn(out, fan_in) / sqrt(out + fan_in),
}


def draw(sizes: tuple[int, ...], initialization: str, seed: int) -> list[Array]:
    """The matrices (out, in) of all layers, in their order; biases start at zero.

    NumPy's legacy generator gives the study's numbers, to the bit.
    """
    generator = RandomState(seed)
    return [INITIALIZATIONS[initialization](generator, out, fan_in) for fan_in, out in pairwise(sizes)]
