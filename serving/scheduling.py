"""When and where work is done, so that no request keeps others waiting for longer than a few milliseconds."""

from starlette.types import Scope

from serving.evaluate import Answer, Question, answered, check, joined, values_of
from serving.lanes import Lane
from serving.memory import share_of
from serving.models import Function

# What takes longer than about a millisecond is done beside the event loop: bodies of so many bytes, and evaluations
# of so many products of a point, a weight and an order.
LARGE_BODY = 65_536
_LARGE_WORK = 5_000_000
# So many points are not counted.
_FEW = 64
# What takes a few milliseconds.
_PIECE_WORK = 20_000_000


async def evaluated(function: Function, question: Question, scope: Scope, lane: Lane) -> Answer:
    """The answer to a question; a large one is evaluated piece by piece, and others have their turn between.

    Raises:
        OrderTooHigh: the model, or the finite differences, do not have a derivative of that order.
        TooBusy: there is no memory left for the answer.
    """
    check(function, question)
    if len(question.x) > _FEW:
        share_of(scope).hold(_size(function, question))
    work = _work(function, question)
    function.points.inc(len(question.x))
    if work <= _LARGE_WORK:
        return answered(function, question, values_of(function, question, question.x))
    length = max(1, _PIECE_WORK * len(question.x) // work)
    pieces = [question.x[start : start + length] for start in range(0, len(question.x), length)]
    values = [await lane.run(values_of, function, question, piece) for piece in pieces]
    return answered(function, question, joined(values))


def _work(function: Function, question: Question) -> int:
    """About how many products of a point, a weight and an order it takes."""
    return len(question.x) * max(function.weights, 1) * (max(question.orders) + 1 + (3 if question.step else 0))


def _size(function: Function, question: Question) -> int:
    """Bytes of the arrays of an answer."""
    columns = len(set(question.orders)) * (1 + bool(function.metadata.bands) + bool(question.step) + question.truth)
    return 8 * len(question.x) * (1 + columns)
