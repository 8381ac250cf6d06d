"""Defaults that follow from other parameters, with the reason for each.

A factory is called with the fields before its own; where one of these was refused it is not there.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from training.data.box import Box
from training.regression.methods import METHODS

Factory = Callable[[dict[str, Any]], Any]

PRESETS: Mapping[str, Mapping[str, Any]] = {
    # Smooth, so that second and higher derivatives exist. Of 0.001, 0.003, 0.005 and 0.01 the learning rate with the
    # lowest errors of f and f'' of the default fit over four seeds.
    "standard": {
        "optimizer": "adam",
        "activation": "tanh",
        "learning_rate": 5e-3,
        # On any domain and of any size; wide networks are a hundred times closer (question 1 of the report).
        "standardise": True,
        # Single precision gains nothing at these sizes, and its weights limit a derivative's precision.
        "dtype": "float64",
    },
    # A trillion times better in f'' than Adam (`make bench-precision`).
    "precise": {"optimizer": "adaptive", "activation": "tanh"},
    # What the study's library does where it says nothing: it scales nothing, and works in single precision.
    "study": {
        "optimizer": "adam",
        "activation": "relu",
        "learning_rate": 1e-3,
        "standardise": False,
        "dtype": "float32",
    },
}
DEFAULT_PRESET: Literal["precise"] = "precise"
# What fits a network of a given shape, where only the precision is asked for.
SHAPED_OPTIMIZER = "varpro"
# Data have noise, and with noise f'' is only to be had from a fit that is regularised by it.
DATA_OPTIMIZER = "evidence"

# What is no choice of a preset's where the optimizer takes no steps.
_SOLVERS: Mapping[str, Any] = {"learning_rate": None, "standardise": True, "dtype": "float64"}

# Three seconds on one core, for 20 to 40 units in a layer: the error then halves every few hundred iterations. Networks
# with hundreds of units are done after 20.
_UNIT_ITERATIONS, _ITERATIONS = 12_000, (100, 1_000)


def by_preset(field: str) -> Factory:
    """The preset's value of a field, of those that the optimizer has."""

    def default(known: dict[str, Any]) -> Any:
        preset = known.get("preset", DEFAULT_PRESET)
        if field == "optimizer" and preset != "study" and known.get("data") is not None:
            return DATA_OPTIMIZER
        if field in _SOLVERS and (optimizer := known.get("optimizer")) and not METHODS[optimizer].takes_steps:
            return _SOLVERS[field]
        if field == "activation" and known.get("period") is not None:
            return "sin"
        return PRESETS[preset].get(field, PRESETS["standard"][field])

    return _named(default, "preset")


def by_optimizer(field: str) -> Factory:
    """The default that suits the optimizer."""

    def default(known: dict[str, Any]) -> Any:
        method = METHODS[known.get("optimizer", PRESETS[DEFAULT_PRESET]["optimizer"])]
        if field == "hidden" and _has_several_variables(known) and method.field_module:
            return ()
        if field == "epochs" and method.epochs is None:
            fewest, most = _ITERATIONS
            return min(most, max(fewest, _UNIT_ITERATIONS // max(known["hidden"], default=1)))
        return getattr(method, field)

    return _named(default, "optimizer")


def repeats() -> Factory:
    """How often a study times a run.

    The median of fewer than three says little about a run that the machine has disturbed. A solver's own training is a
    time, and to repeat it only for a better one would make a study of many functions half as long again.
    """

    def default(known: dict[str, Any]) -> int:
        is_retried = known.get("retry_until") is not None
        return 3 if is_retried or METHODS[known.get("optimizer", "adam")].takes_steps else 1

    return _named(default, "optimizer")


def _has_several_variables(known: dict[str, Any]) -> bool:
    columns = known.get("data") is not None and "," in known.get("x_column", "")
    return columns or isinstance(known.get("domain"), Box)


def by_data(without: Any, with_data: Any) -> Factory:
    """One default for functions, another where the samples come from a file."""
    return _named(lambda known: without if known.get("data") is None else with_data, "data")


def _named(factory: Factory, parameter: str) -> Factory:
    """Help shows the name of a factory in place of a default."""
    factory.__name__ = f"by {parameter}"
    return factory
