"""Which fits a study makes: a parameter and its values, or several and their grid."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import product

from training.errors import InvalidParameter

# More is a mistake: a study of a day.
MAX_CELLS = 10_000
_RANGE = "LOW:HIGH:STEP with LOW <= HIGH and STEP > 0"

# Of each parameter that a study can vary, whether it is a number, of which there are ranges.
PARAMETERS: Mapping[str, bool] = {
    "hidden": True,
    "depth": True,
    "epochs": True,
    "batch_size": True,
    "points": True,
    "std": True,
    "activation": False,
    "optimizer": False,
    "learning_rate": True,
    "weight_decay": True,
    "target": False,
}


@dataclass(frozen=True)
class Variation:
    """A parameter and the values that it takes, as they are written."""

    name: str
    values: tuple[str, ...]


def variations(vary: str, values: str) -> list[Variation]:
    """What `vary=hidden;batch_size` and `values=10,30;20:200:20` say.

    Raises:
        InvalidParameter: a parameter cannot be varied, or a list or range is malformed or empty.
    """
    names, texts = ([part.strip() for part in text.split(";")] for text in (vary, values))
    for name in names:
        if name not in PARAMETERS:
            raise InvalidParameter(f"vary: {name!r} cannot be varied; allowed are {', '.join(PARAMETERS)}")
        if names.count(name) > 1:
            raise InvalidParameter(f"vary: {name} stands there twice")
    if len(texts) != len(names):
        raise InvalidParameter(
            f"values: a list or range is needed for each of {', '.join(names)}, separated by ';', not {values!r}"
        )
    found = [Variation(name, _values(name, text)) for name, text in zip(names, texts, strict=True)]
    cells = math.prod(len(variation.values) for variation in found)
    if cells > MAX_CELLS:
        raise InvalidParameter(f"values: {cells:,} fits; {MAX_CELLS:,} are allowed")
    return found


def grid(found: Sequence[Variation]) -> list[dict[str, str]]:
    """Every combination of the values, the last parameter running fastest."""
    names = [variation.name for variation in found]
    return [dict(zip(names, chosen, strict=True)) for chosen in product(*(variation.values for variation in found))]


def as_parameters(cell: Mapping[str, str], hidden: tuple[int, ...]) -> dict[str, str]:
    """A cell in parameters of a fit; `hidden` says what `depth` and `hidden` leave open.

    A number of units is that of each layer, and `200x20` names the layers one by one.

    Raises:
        InvalidParameter: `depth` is not a number of layers, or beside layers that are named.
    """
    parameters = {name: value for name, value in cell.items() if name not in ("hidden", "depth")}
    if "hidden" not in cell and "depth" not in cell:
        return parameters
    units = cell.get("hidden", str(hidden[0]))
    if "x" not in units:
        return parameters | {"hidden": ",".join([units] * _depth(cell.get("depth", str(len(hidden)))))}
    if "depth" in cell:
        raise InvalidParameter(f"values: hidden={units} has a depth of its own; leave depth out")
    return parameters | {"hidden": units.replace("x", ",")}


def number(text: str) -> float | None:
    """What a value is on an axis of numbers, or None."""
    try:
        return float(text)
    except ValueError:
        return None


def _depth(text: str) -> int:
    # FitConfig says how many layers are allowed; this only keeps the list of them short.
    if not re.fullmatch(r"[0-9]{1,3}", text) or int(text) == 0:
        raise InvalidParameter(f"values: depth is a number of layers, not {text!r}")
    return int(text)


def _values(name: str, text: str) -> tuple[str, ...]:
    if ":" in text and PARAMETERS[name]:
        return _range(name, text)
    found = tuple(part.strip() for part in text.split(","))
    if "" in found:
        raise InvalidParameter(f"values: expected a list A,B,… or a range {_RANGE} for {name}, not {text!r}")
    if len(set(found)) < len(found):
        raise InvalidParameter(f"values: a value of {name} stands there twice in {text!r}")
    return found


def _range(name: str, text: str) -> tuple[str, ...]:
    """The values of LOW:HIGH:STEP, HIGH included where a step meets it; decimal, as it is written."""
    wrong = InvalidParameter(f"values: expected a range {_RANGE} for {name}, not {text!r}")
    try:
        low, high, step = map(Decimal, text.split(":"))
    except (InvalidOperation, ValueError):
        raise wrong from None
    if not (low.is_finite() and high.is_finite() and step.is_finite() and low <= high and step > 0):
        raise wrong
    count = int((high - low) / step) + 1
    if count > MAX_CELLS:
        raise InvalidParameter(f"values: {count:,} values of {name}; {MAX_CELLS:,} are allowed")
    return tuple(f"{low + index * step:f}" for index in range(count))
