"""What a fit learns from: samples of a function, or measured data, of which some may be held out."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from training.arrays import Array
from training.targets.domain import Domain
from training.targets.target import Target


@dataclass(frozen=True)
class Samples:
    """Samples of a function, sorted by x.

    Attributes:
        x, y: (n,).
        bounds: of the domain, where it is more than the samples reach over.
        function: whose values they are; None for data, even if the function behind them is known.
        derivatives: given derivatives at x, first order first, (n,) each; as many as are to be matched.
        standard_error: of y, (n,), or None where all samples count alike.
        held_out: samples that the fit never sees, None where a known function judges it.
        dropped: rows of the data that were left out.
        digest: of the data's file, empty for a function.
        origin: the time that x = 0 stands for, of data whose x are seconds since the first of their times.
        warnings: what in the data is not to be believed, or was left out.
        tags: what else a run of these data has to say.
    """

    x: Array
    y: Array
    derivatives: tuple[Array, ...] = ()
    standard_error: Array | None = None
    held_out: "Samples | None" = None
    dropped: int = 0
    digest: str = ""
    origin: str | None = None
    warnings: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    bounds: Domain | None = None
    function: Target | None = None

    @property
    def domain(self) -> Domain:
        """Where the function is fitted."""
        return self.bounds or Domain(float(self.x[0]), float(self.x[-1]))

    @property
    def are_measured(self) -> bool:
        """Whether they are data and not a function's values."""
        return self.function is None

    @property
    def found(self) -> dict[str, str]:
        """The parameters that follow from them."""
        return {"domain": str(self.domain)}

    @property
    def weights(self) -> Array:
        """What each difference is multiplied with: 1 / standard error, with a root mean square of 1, (n,)."""
        if self.standard_error is None:
            return np.ones_like(self.y)
        weights = 1 / self.standard_error
        scaled: Array = weights / np.sqrt(np.mean(weights**2))
        return scaled

    def take(self, rows: NDArray[np.intp]) -> "Samples":
        """Select these rows."""
        errors = None if self.standard_error is None else self.standard_error[rows]
        return Samples(self.x[rows], self.y[rows], tuple(d[rows] for d in self.derivatives), errors)


def split(samples: int, part: float, seed: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Which samples are seen and which are held out, both in order; the first and the last are seen."""
    held_out = min(round(part * samples), samples - 3)
    if held_out < 1:
        return np.arange(samples), np.arange(0)
    drawn = np.random.default_rng(seed).choice(samples - 2, held_out, replace=False) + 1
    return np.setdiff1d(np.arange(samples), drawn), np.sort(drawn)
