"""What is reported of many runs beside the median: eight of ten lie between these quantiles."""

from collections.abc import Iterable

import numpy as np

LOW, HIGH = 0.1, 0.9


def quantiles(values: Iterable[float]) -> tuple[float, float, float]:
    """The low one, the median and the high one of at least one number; what is not finite counts as the largest.

    Each is one of the numbers: between an error and that of a run that diverged there is nothing to interpolate.
    """
    each = np.array(list(values), np.float64)
    each[~np.isfinite(each)] = np.inf
    low, median, high = np.quantile(each, (LOW, 0.5, HIGH), method="inverted_cdf").tolist()
    return low, median, high
