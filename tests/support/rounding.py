"""How near a result must come to the truth: by precision, size and magnitude, and so on every processor.

Processors add in different orders, in vectors of different widths, and fuse a product with a sum or do not. None of
this takes a sum of n products further from the truth than n roundings of the sum of their absolute values (Higham,
Accuracy and Stability of Numerical Algorithms, SIAM 2002, section 3.1). The truth is computed in a wider type, of the
same numbers.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

Array = NDArray[Any]

_WIDER = {np.dtype(np.float32): np.float64, np.dtype(np.float64): np.longdouble}
_DRAWS = 8


def wide(values: ArrayLike) -> Array:
    """The same numbers in a wider type; where there is none beyond float64, `allowed` reckons with that."""
    array = np.asarray(values)
    return array.astype(_WIDER.get(array.dtype, array.dtype))


def rounding(precision: DTypeLike) -> Any:
    """The largest relative error of one rounding."""
    return np.finfo(np.dtype(precision)).eps / 2


def allowed(truth: Array, precision: DTypeLike, roundings: float, magnitude: ArrayLike | None = None) -> Array:
    """How far a result in this precision may be from the truth, which is rounded in its own type as often.

    Args:
        roundings: that follow each other: the terms of a sum, the operations of a formula.
        magnitude: what is rounded, as the sum of the absolute values of a sum's terms; the largest absolute value of
            the truth, unless given.
    """
    of = np.max(np.abs(truth), initial=0) if magnitude is None else np.asarray(magnitude)
    # Below the normal numbers there is no relative precision.
    of_both = rounding(precision) + rounding(truth.dtype)
    return np.asarray(roundings * (of_both * of + np.finfo(np.dtype(precision)).tiny))


def assert_close(
    found: ArrayLike,
    truth: ArrayLike,
    roundings: float,
    magnitude: ArrayLike | None = None,
    precision: DTypeLike | None = None,
) -> None:
    """That what was found is as near to the truth as its precision, its own type's unless given, allows."""
    found, truth = np.asarray(found), np.asarray(truth)
    assert found.shape == truth.shape, f"{found.shape} beside {truth.shape}"
    assert np.isfinite(found).all(), f"not finite: {found[~np.isfinite(found)]}"
    off = np.abs(found - truth)
    ratio = off / allowed(truth, found.dtype if precision is None else precision, roundings, magnitude)
    worst = np.unravel_index(np.argmax(ratio), ratio.shape) if ratio.size else ()
    assert not ratio.size or ratio[worst] <= 1, (
        f"{found[worst]!r} at {tuple(map(int, worst))} is {off[worst]:.3g} from {truth[worst]!r}, "
        f"{ratio[worst]:.3g} times what is allowed"
    )


def sensitivity(function: Callable[..., ArrayLike], *inputs: ArrayLike) -> Array:
    """How much a relative change of the inputs changes the result of a function of wide inputs, or the result itself.

    It is the magnitude for a chain of operations, each of which carries on what the ones before have rounded: the
    inputs are moved, all at once and at random, by a small part of themselves.
    """
    widened = [wide(values) for values in inputs]
    truth = np.asarray(function(*widened))
    step, generator = np.sqrt(rounding(truth.dtype)), np.random.default_rng(0)
    most = np.abs(truth)
    for _ in range(_DRAWS):
        moved = [values * (1 + step * generator.choice([-1, 1], values.shape)) for values in widened]
        most = np.maximum(most, np.abs(np.asarray(function(*moved)) - truth) / step)
    return np.asarray(most)
