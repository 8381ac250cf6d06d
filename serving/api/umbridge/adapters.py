"""The functions that are served, of one variable or several, as UM-Bridge sees them: a vector to a vector."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from starlette.types import Scope

from serving.arrays import Array
from serving.errors import BadArray, BadOutput, Unsupported
from serving.models.evaluation import EvaluationSpec
from serving.models.field_evaluation import FieldSpec
from serving.models.fields import OUTPUTS, FieldFunction
from serving.models.functions import Function
from serving.scheduling.evaluations import evaluated, evaluated_field
from serving.scheduling.work_queue import WorkQueue

AnyFunction = Function | FieldFunction

# The order of the derivative that each action takes.
ORDERS = {"Evaluate": 0, "Gradient": 1, "ApplyJacobian": 1, "ApplyHessian": 2}
# One point's answer is bounded by the graph's.
_ANY = 1 << 60


class Derivative(NamedTuple):
    """A derivative at one point: (m,), (m, d) or (m, d, d); warnings say what not to trust."""

    values: Array
    inside: bool
    warnings: list[str]


def sizes(function: AnyFunction) -> tuple[int, int]:
    """How many variables and outputs there are."""
    if isinstance(function, FieldFunction):
        return function.metadata.dimension, len(function.metadata.outputs)
    return 1, 1


def point(function: AnyFunction, given: Sequence[Sequence[float]]) -> Array:
    """The one input vector (d,). Raises BadArray where it is not that."""
    if len(given) != 1:
        raise BadArray(f"input: expected one vector, got {len(given)}")
    return vector("input", given[0], sizes(function)[0])


def vector(name: str, given: Sequence[float], size: int) -> Array:
    """A vector of a size. Raises BadArray where it has another."""
    if len(given) != size:
        raise BadArray(f"{name}: expected {size} number{'s' if size > 1 else ''}, got {len(given)}")
    return np.array(given, np.float64)


async def derivative(function: AnyFunction, x: Array, action: str, scope: Scope, queue: WorkQueue) -> Derivative:
    """The derivative that an action takes, at a point x (d,).

    Raises:
        Unsupported: the model does not have it.
        BadOutput: it is beyond float64.
    """
    if (order := ORDERS[action]) > function.max_order:
        version = function.version
        raise Unsupported(f"{action}: order {order} is above {function.max_order}, the highest of {version.name}")
    if isinstance(function, FieldFunction):
        result = await evaluated_field(function, FieldSpec(x[None], (order,)), scope, queue, _ANY)
        values, inside, warnings = result.values.outputs[OUTPUTS[order]][0], result.inside, result.warnings
    else:
        of_one = await evaluated(function, EvaluationSpec(x, (order,)), scope, queue)
        values = of_one.values.derivatives[order].reshape((1,) * (order + 1))
        inside, warnings = of_one.inside, of_one.warnings
    return Derivative(values, bool(inside.all()), warnings)


def finite(values: Array) -> list[float]:
    """Numbers as JSON has them. Raises BadOutput where one is none of these."""
    if not np.isfinite(values).all():
        raise BadOutput("the output is beyond the range of float64")
    found: list[float] = values.tolist()
    return found
