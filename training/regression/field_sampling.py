"""The samples of several variables that a configuration asks for: of a function by a design, or of a file."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from training.arrays import Array
from training.data import designs
from training.data.box import Box
from training.data.measurements import LARGEST, SMALLEST, read_rows
from training.errors import InvalidParameter
from training.regression.sampling_config import SamplingConfig
from training.surrogates.samples import FieldSamples, split
from training.targets import fields

# Points between the samples at which a fit of a known function is judged, and those of them that refine it.
HELD_OUT_POINTS = 20_000
_REFINED_AT = 2_000
# A seed of its own, so that no sample is among them.
_OTHER = 2**32 - 1


@dataclass(frozen=True)
class Problem:
    """The samples of a fit of several variables, and what is known of them.

    Attributes:
        box: the domain.
        samples: that the fit sees.
        held_out: that choose between fits, and judge one of data; no fit learns from them.
        function: behind the samples, where it is known.
        weights: (n,) of the samples, 1 / standard error with a root mean square of 1, where these are known.
        digest: of the data's file, empty for a function.
        warnings: what was left out.
        tags: what else a run of these data has to say.
    """

    box: Box
    samples: FieldSamples
    held_out: FieldSamples
    function: fields.Field | None = None
    weights: Array | None = None
    digest: str = ""
    dropped: int = 0
    warnings: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def variance(self) -> float:
        """The variance of y, the mean over its outputs."""
        return float(self.samples.y.var(axis=0).mean())

    @property
    def found(self) -> Mapping[str, str]:
        """The domain of a fit of data: the smallest box around them."""
        return {"domain": str(self.box)}

    @property
    def judged(self) -> FieldSamples:
        """Samples to evaluate a fit at: the function between those it has seen, or those held out."""
        if self.function is None:
            return self.held_out
        return _known(self.function, _scattered(self.box, HELD_OUT_POINTS, _OTHER - 1))


def sample(config: SamplingConfig, seed: int) -> Problem:
    """The samples of a fit of several variables, with their domain.

    Args:
        seed: of the design, or of what is held out of data.

    Raises:
        InvalidParameter: the function is not finite on the domain, or the data cannot be used.
    """
    return _of_function(config, seed) if config.data is None else _of_data(config, seed)


def _of_function(config: SamplingConfig, seed: int) -> Problem:
    function, box = config.field, config.domain
    assert function is not None, "without data there is a target"
    assert isinstance(box, Box), "without data there is a domain"
    x = designs.sample(box, config.points, config.design or "arcsine", seed)
    if len(x) <= box.dimension:
        raise InvalidParameter(f"points: {len(x)} are too few for {box.dimension} variables")
    other = _scattered(box, _REFINED_AT, _OTHER)
    fields.check(function, np.concatenate([x, other, box.landmarks()]))
    y = function.evaluate(x)[0]
    for name, values in zip(function.outputs, y.T, strict=True):
        _refuse_unfittable("target", name, values)
    samples = FieldSamples(x, (y,))
    warned = tuple(fields.warnings(function, other))
    return Problem(box, samples, _known(function, other), function, warnings=warned)


def _of_data(config: SamplingConfig, seed: int) -> Problem:
    assert config.data is not None, "asked for data"
    found = read_rows(config.data, config.columns, config.invalid_rows, config.given)
    if found.table.origin is not None:
        raise InvalidParameter("x_column: times are no variable of several; give seconds, say, as numbers")
    d = len(config.variables)
    m = len(config.outputs)
    x, y, others = found.numbers[:, :d], found.numbers[:, d : d + m], found.numbers[:, d + m :]
    errors = others[:, :1] if config.error_column is not None else others[:, :0]
    gradients = others[:, errors.shape[1] :].reshape(-1, m, d) if config.match_derivatives else None
    for name, values in zip(config.variables, x.T, strict=True):
        _refuse_unfittable("x_column", name, values)
    for name, values in zip(config.outputs, y.T, strict=True):
        _refuse_unfittable("y_column", name, values)
    box = config.domain if isinstance(config.domain, Box) else Box.around(config.variables, x)
    inside = np.flatnonzero(box.contains(x))
    if len(inside) < d + 2:
        raise InvalidParameter(
            f"data: {len(inside)} of {len(x)} rows of {config.fitted} lie in the domain; "
            f"{d} variables need at least {d + 2}"
        )
    _refuse_collinear(config.variables, box.scale(x[inside]))
    values = (y[inside],) if gradients is None else (y[inside], gradients[inside])
    whole, part = FieldSamples(x[inside], values), config.validation
    seen, out = split(len(inside), part, seed) if part else (np.arange(len(inside)),) * 2
    weights = None
    if errors.size:
        weights = 1 / errors[inside[seen], 0]
        weights /= np.sqrt(np.mean(weights**2))
    warned = [*found.faults.left_out, *found.table.notes]
    if not config.validation:
        warned.append("no samples were held out: the errors are those at the samples that the fit has seen")
    tags = {"data_form": found.table.description}
    known = (config.field, weights, found.digest, found.faults.count)
    return Problem(box, whole.take(seen), whole.take(out), *known, tuple(warned), tags)


def _refuse_unfittable(parameter: str, name: str, values: Array) -> None:
    low, high = float(values.min()), float(values.max())
    if low == high:
        raise InvalidParameter(f"{parameter}: {name} is {low:g} in all samples; leave it out")
    if max(-low, high) > LARGEST or high - low < SMALLEST:
        raise InvalidParameter(f"{parameter}: {name} goes from {low:g} to {high:g}; multiply it: at most ±{LARGEST:g}, "
                               f"and {SMALLEST:g} from least to largest, can be fitted")  # fmt: skip


def _refuse_collinear(variables: tuple[str, ...], u: Array) -> None:
    """Variables of which one follows from the others by a straight line leave directions open."""
    if len(u) <= u.shape[1]:
        return
    _, sizes, directions = np.linalg.svd(u - u.mean(axis=0), full_matrices=False)
    if sizes[-1] < 1e-10 * sizes[0]:
        involved = [name for name, part in zip(variables, directions[-1], strict=True) if abs(part) > 1e-3]
        raise InvalidParameter(
            f"x_column: {', '.join(involved)} are collinear: one follows from the others; leave one of them out"
        )


def _scattered(box: Box, points: int, seed: int) -> Array:
    return designs.sample(box, points, "uniform", seed)


def _known(function: fields.Field, x: Array) -> FieldSamples:
    return FieldSamples(x, function.evaluate(x, 2))
