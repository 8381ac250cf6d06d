"""What a fit learns from: a function sampled at equally spaced points, or measured data."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from training import expressions, measurements, screening
from training.config import EVERYWHERE, FitConfig
from training.datasets import equally_spaced
from training.digits import ends, interval
from training.errors import InvalidParameter
from training.measurements import LARGEST, SMALLEST, Measurements

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Samples:
    """Samples of a function, sorted by x.

    Attributes:
        x, y: (n,).
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

    @property
    def weights(self) -> Array:
        """What each difference is multiplied with: 1 / standard error, with a root mean square of 1, (n,)."""
        if self.standard_error is None:
            return np.ones_like(self.y)
        weights = 1 / self.standard_error
        scaled: Array = weights / np.sqrt(np.mean(weights**2))
        return scaled

    def take(self, rows: NDArray[np.intp]) -> "Samples":
        """These rows alone."""
        errors = None if self.standard_error is None else self.standard_error[rows]
        return Samples(self.x[rows], self.y[rows], tuple(d[rows] for d in self.derivatives), errors)


def sample(config: FitConfig, checked: bool = False) -> tuple[FitConfig, Samples]:
    """The samples of a fit, and its parameters with the domain that they fill where none was given.

    Args:
        config: of the fit.
        checked: whether the function is known to be smooth on the domain, of which it takes a while to be sure.

    Raises:
        InvalidParameter: the function can not be sampled on the domain, or the data can not be used.
    """
    return _of_function(config, checked) if config.data is None else _of_data(config)


def _of_function(config: FitConfig, checked: bool) -> tuple[FitConfig, Samples]:
    function, domain = config.function, config.domain
    assert function is not None, "without data there is a target"
    if config.is_expression and not checked:
        expressions.check(function, domain, orders=2)
    x = equally_spaced(domain, config.points)
    y = function.derivative(x)
    if np.ptp(y) == 0:
        raise InvalidParameter(
            f"target: {config.fitted} is {y[0]:g} at every sample on {interval(domain)}: nothing to fit"
        )
    if max(-y.min(), y.max()) > LARGEST or np.ptp(y) < SMALLEST:
        raise InvalidParameter(
            f"target: {config.fitted} goes from {y.min():g} to {y.max():g} on {interval(domain)}; multiply it: "
            f"at most ±{LARGEST:g}, and {SMALLEST:g} from least to largest, can be fitted"
        )
    orders = range(1, config.match_derivatives + 1)
    return config, Samples(x, y, tuple(function.derivative(x, order) for order in orders))


def _of_data(config: FitConfig) -> tuple[FitConfig, Samples]:
    assert config.data is not None, "asked for data"
    data = measurements.read(config.data, config.columns, config.invalid_rows, config.given)
    domain = (float(data.x[0]), float(data.x[-1])) if config.domain == EVERYWHERE else config.domain
    whole = _inside(data, domain, config)
    seen, held_out = split(len(whole.x), config.validation, config.seed)
    samples = whole.take(seen)
    if np.ptp(samples.x) == 0 or np.ptp(samples.y) == 0:
        raise InvalidParameter(f"domain: on {','.join(ends(domain))} the data have one x or one y: nothing to fit")
    judged = whole.take(held_out) if len(held_out) else None
    known = replace(
        samples,
        held_out=judged,
        dropped=data.dropped,
        digest=data.digest,
        origin=data.origin,
        warnings=(*data.left_out, *screening.warnings(data, domain, config.x_column, config.y_column)),
        tags=_tags(data),
    )
    return config.model_copy(update={"domain": domain}), known


def _tags(data: Measurements) -> dict[str, str]:
    """What the file was taken for, the rows that were left out, and what x = 0 stands for."""
    tags = {"data_form": data.description}
    if data.dropped:
        tags["dropped_rows"] = f"{data.dropped:,} of {data.faults.rows:,}: {data.faults.describe()}"
    if data.origin is not None:
        tags |= {"x_origin": data.origin, "x_unit": "s"}
    return tags


def _inside(data: Measurements, domain: tuple[float, float], config: FitConfig) -> Samples:
    low, high = domain
    rows = np.flatnonzero((low <= data.x) & (data.x <= high))
    if len(rows) < 3:
        raise InvalidParameter(
            f"domain: {len(rows)} of {len(data.x)} points of {config.fitted} lie on {','.join(ends(domain))}"
        )
    derivatives = tuple(data.slopes[order] for order in sorted(data.slopes))
    return Samples(data.x, data.y, derivatives, data.standard_error).take(rows)


def split(samples: int, part: float, seed: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Which samples are seen and which are held out, both in order; the first and the last are seen."""
    held_out = min(round(part * samples), samples - 3)
    if held_out < 1:
        return np.arange(samples), np.arange(0)
    drawn = np.random.default_rng(seed).choice(samples - 2, held_out, replace=False) + 1
    return np.setdiff1d(np.arange(samples), drawn), np.sort(drawn)
