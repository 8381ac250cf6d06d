"""What registered models of the tests say of themselves."""

from typing import Any, cast

from training.export.metadata import ClassifierDescription, FunctionDescription

_FUNCTION: FunctionDescription = {
    "kind": "function",
    "target": "t",
    "domain": [-5.0, 5.0],
    "activation": "tanh",
    "errors": {"d0": 0.1, "d1": 0.1, "d2": 0.1},
    "condition": 10.0,
    "rounding": 1e-15,
    "warnings": [],
}
CLASSIFIER: ClassifierDescription = {"l2_lambda": 0.1, "train_accuracy": 0.9, "test_accuracy": 0.8}


def function(**changes: Any) -> FunctionDescription:
    """A fit of the function `t` on [-5, 5], or with other values of some keys."""
    return cast(FunctionDescription, {**_FUNCTION, **changes})
