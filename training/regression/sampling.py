"""The samples that a configuration asks for: of a function at equally spaced points, or of a file of measurements."""

from dataclasses import replace

import numpy as np

from training.data import measurements, screening
from training.data.measurements import LARGEST, SMALLEST, Measurements
from training.data.samples import Samples, split
from training.errors import InvalidParameter
from training.parameters.digits import ends, interval
from training.regression.sampling_config import SamplingConfig
from training.targets import expressions
from training.targets.domain import Domain


def sample(config: SamplingConfig, seed: int, checked: bool = False) -> Samples:
    """The samples of a fit, with their domain.

    Args:
        seed: of what is held out of data.
        checked: whether the function is known to be smooth on the domain, of which it takes a while to be sure.

    Raises:
        InvalidParameter: the function cannot be sampled on the domain, or the data cannot be used.
    """
    return _of_function(config, checked) if config.data is None else _of_data(config, seed)


def _of_function(config: SamplingConfig, checked: bool) -> Samples:
    function, domain = config.function, config.interval
    assert function is not None, "without data there is a target"
    assert domain is not None, "without data there is a domain"
    if config.is_expression and not checked:
        expressions.check(function, domain, orders=2)
    x = config.places(domain)
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
    return Samples(x, y, tuple(function.derivative(x, order) for order in orders), function=function)


def _of_data(config: SamplingConfig, seed: int) -> Samples:
    assert config.data is not None, "asked for data"
    data = measurements.read(config.data, config.columns, config.invalid_rows, config.given)
    domain = config.interval or Domain(float(data.x[0]), float(data.x[-1]))
    whole = _inside(data, domain, config)
    seen, held_out = split(len(whole.x), config.validation, seed)
    samples = whole.take(seen)
    if np.ptp(samples.x) == 0 or np.ptp(samples.y) == 0:
        raise InvalidParameter(f"domain: on {','.join(ends(domain))} the data have one x or one y: nothing to fit")
    judged = whole.take(held_out) if len(held_out) else None
    return replace(
        samples,
        bounds=domain,
        held_out=judged,
        dropped=data.dropped,
        digest=data.digest,
        origin=data.origin,
        warnings=(*data.left_out, *screening.warnings(data, domain, config.x_column, config.y_column)),
        tags=_tags(data),
    )


def _tags(data: Measurements) -> dict[str, str]:
    """Tags: the form of the file, the rows that were left out, and the moment of x = 0."""
    tags = {"data_form": data.description}
    if data.dropped:
        tags["dropped_rows"] = f"{data.dropped:,} of {data.faults.rows:,}: {data.faults.describe()}"
    if data.origin is not None:
        tags |= {"x_origin": data.origin, "x_unit": "s"}
    return tags


def _inside(data: Measurements, domain: Domain, config: SamplingConfig) -> Samples:
    rows = np.flatnonzero(domain.contains(data.x))
    if len(rows) < 3:
        raise InvalidParameter(
            f"domain: {len(rows)} of {len(data.x)} points of {config.fitted} lie on {','.join(ends(domain))}"
        )
    derivatives = tuple(data.derivatives[order] for order in sorted(data.derivatives))
    return Samples(data.x, data.y, derivatives, data.standard_error).take(rows)
