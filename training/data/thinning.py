"""Few samples that stand for many, to be looked at beside a fit."""

import numpy as np

from training.arrays import Array
from training.data.samples import Samples

# As many as can be told apart in a picture.
MOST = 500


def thinned(samples: Samples, most: int = MOST) -> Samples:
    """At most so many of all samples, those that are held out too, in the order of x.

    They are as dense as the data, and have the first, the last, the lowest and the highest of them.
    """
    whole = _whole(samples)
    n = len(whole.x)
    if n <= most:
        return whole
    kept = {0, n - 1, int(np.argmin(whole.y)), int(np.argmax(whole.y))}
    even = np.linspace(0, n - 1, most - len(kept)).round().astype(int)
    return whole.take(np.array(sorted(kept | set(even.tolist()))))


def _whole(samples: Samples) -> Samples:
    """The samples that are fitted and those that are held out."""
    if samples.held_out is None:
        return Samples(samples.x, samples.y, standard_error=samples.standard_error)
    held_out = samples.held_out
    order = np.argsort(x := np.concatenate([samples.x, held_out.x]), kind="stable")
    errors = _joined(samples.standard_error, held_out.standard_error)
    y = np.concatenate([samples.y, held_out.y])
    return Samples(x[order], y[order], standard_error=None if errors is None else errors[order])


def _joined(first: Array | None, second: Array | None) -> Array | None:
    return None if first is None or second is None else np.concatenate([first, second])
