"""What residuals say of the noise: whether they are correlated, and whether a few are far from all others."""

import numpy as np
from numpy.typing import NDArray

from training.arrays import Array

# Of noise, as it may be given and is found.
KINDS = ("white", "varying", "robust", "correlated")
# Lags that are summed: as many as this times the correlation time (Sokal, Monte Carlo Methods in Statistical Mechanics,
# 1997).
_WINDOW = 5.0
# Correlation with the neighbour, in standard deviations of that of independent residuals: less is chance.
_SIGNIFICANT = 4.0
# In standard deviations that half of the residuals show: in 100,000 normal ones there is none.
FAR = 6.0
_NORMAL = 1.4826


def correlation_time(residuals: Array) -> float:
    """Return 1 + 2 Σ (correlation with the k-th neighbour) of residuals in order; 1 where that is chance."""
    n = len(residuals)
    centred = residuals - residuals.mean()
    size = 2 ** int(np.ceil(np.log2(2 * n)))
    power = np.abs(np.fft.rfft(centred, size)) ** 2
    covariances = np.fft.irfft(power, size)[: max(2, n // 4)]
    if n < 10 or covariances[0] <= 0 or covariances[1] / covariances[0] * np.sqrt(n) < _SIGNIFICANT:
        return 1.0
    times = 2 * np.cumsum(covariances / covariances[0]) - 1
    enough = np.arange(len(times)) >= _WINDOW * times
    return float(max(1.0, times[np.argmax(enough)] if enough.any() else times[-1]))


def outliers(residuals: Array) -> NDArray[np.bool_]:
    """Which residuals (n,) are far from what half of them show."""
    scale = _NORMAL * float(np.median(np.abs(residuals - np.median(residuals))))
    return np.abs(residuals) > FAR * scale if scale > 0 else np.zeros(len(residuals), bool)
