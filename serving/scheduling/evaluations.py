"""When and where work is done, so that no request keeps others waiting for longer than a few milliseconds."""

from starlette.types import Scope

from serving.models.evaluation import EvaluationResult, EvaluationSpec, answered, check, joined, values_of
from serving.models.functions import Function
from serving.observability.metrics import points_of
from serving.scheduling.memory_budget import share_of
from serving.scheduling.work_queue import WorkQueue

# What takes longer than about a millisecond is done beside the event loop: bodies of so many bytes, and evaluations
# of so many products of a point, a weight and an order.
LARGE_BODY = 65_536
_LARGE_WORK = 5_000_000
# So many points are not counted.
_FEW = 64
# What takes a few milliseconds.
_PIECE_WORK = 20_000_000


async def evaluated(function: Function, spec: EvaluationSpec, scope: Scope, queue: WorkQueue) -> EvaluationResult:
    """Evaluate a spec; a large one piece by piece, so that others have their turn between.

    Raises:
        OrderTooHigh: the model, or the finite differences, do not have a derivative of that order.
        TooBusy: there is no memory left for the answer.
    """
    check(function, spec)
    if len(spec.x) > _FEW:
        share_of(scope).hold(_size(function, spec))
    work = _work(function, spec)
    points_of(function.version.name).inc(len(spec.x))
    if work <= _LARGE_WORK:
        return answered(function, spec, values_of(function, spec, spec.x))
    length = max(1, _PIECE_WORK * len(spec.x) // work)
    pieces = [spec.x[start : start + length] for start in range(0, len(spec.x), length)]
    values = [await queue.run(values_of, function, spec, piece) for piece in pieces]
    return answered(function, spec, joined(values))


def _work(function: Function, spec: EvaluationSpec) -> int:
    """About how many products of a point, a weight and an order it takes."""
    return len(spec.x) * max(function.weights, 1) * (max(spec.orders) + 1 + (3 if spec.step else 0))


def _size(function: Function, spec: EvaluationSpec) -> int:
    """Bytes of the arrays of an answer."""
    columns = len(set(spec.orders)) * (1 + bool(function.metadata.bands) + bool(spec.step) + spec.truth)
    return 8 * len(spec.x) * (1 + columns)
