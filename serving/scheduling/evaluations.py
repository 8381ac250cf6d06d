"""When and where work is done, so that no request keeps others waiting for longer than a few milliseconds."""

from collections.abc import Callable, Hashable

from starlette.types import Scope

from serving.arrays import Array
from serving.decoding.pictures import Pixels
from serving.errors import TooLarge
from serving.models import field_evaluation
from serving.models.classifiers import Answer as ClassifierAnswer
from serving.models.classifiers import Classifier
from serving.models.evaluation import FEW, EvaluationResult, EvaluationSpec, Values, answered, check, values_of
from serving.models.field_evaluation import FieldResult, FieldSpec
from serving.models.fields import FieldFunction
from serving.models.functions import Function
from serving.models.pieces import AnyValues, joined
from serving.observability.metrics import PICTURES, points_of
from serving.scheduling.memory_budget import share_of
from serving.scheduling.work_queue import WorkQueue

# What takes longer than about a millisecond is done beside the event loop: bodies of so many bytes, and evaluations
# of so many products of a point, a weight and an order.
LARGE_BODY = 65_536
_LARGE_WORK = 5_000_000
# Of so little work what a run of a graph costs is most: it is done together with others'.
_LITTLE_WORK = 100_000
# So many points are not counted.
_FEW = 64
# What takes a few milliseconds.
_PIECE_WORK = 20_000_000
# The answer to a function of several variables has at most so many numbers for each that a request may have: as many as
# that of a function of one variable, about, with all that may be asked for.
ANSWERED = 30
_BYTES = 8


async def evaluated(function: Function, spec: EvaluationSpec, scope: Scope, queue: WorkQueue) -> EvaluationResult:
    """Evaluate a spec; a large one piece by piece, so that others have their turn between.

    Raises:
        OrderTooHigh: the model, or the finite differences, do not have a derivative of that order.
        TooBusy: there is no memory left for the answer.
    """
    check(function, spec)
    if len(spec.x) > _FEW:
        share_of(scope).hold(_size(function, spec))
    points_of(function.version.name).inc(len(spec.x))

    def values(x: Array) -> Values:
        return values_of(function, spec, x)

    asked = (id(function), spec.orders, spec.step, spec.truth)
    return answered(function, spec, await _values(asked, values, spec.x, _work(function, spec), queue))


async def evaluated_field(
    function: FieldFunction, spec: FieldSpec, scope: Scope, queue: WorkQueue, most: int
) -> FieldResult:
    """The same for a function of several variables, whose answer has at most so many numbers.

    Raises:
        OrderTooHigh: the model does not have a derivative of that order.
        TooLarge: the answer has more numbers than that.
        TooBusy: there is no memory left for the answer.
    """
    plan = field_evaluation.plan_of(function, spec)
    if (numbers := len(spec.x) * plan.numbers) > most:
        raise TooLarge(f"the answer has {numbers} numbers, more than {most}: ask for fewer points or derivatives")
    if numbers > _FEW:
        share_of(scope).hold(_BYTES * numbers)
    points_of(function.version.name).inc(len(spec.x))

    def values(x: Array) -> field_evaluation.FieldValues:
        return field_evaluation.values_of(function, spec, x)

    asked = (id(function), spec.orders, *spec.partials.items())
    found = await _values(asked, values, spec.x, len(spec.x) * plan.work, queue)
    return field_evaluation.answered(function, spec, found)


async def classified(classifier: Classifier, pixels: Pixels, scope: Scope, queue: WorkQueue) -> ClassifierAnswer:
    """What a classifier makes of pictures, as many at a time as it computes together: one may take 20 ms.

    Raises:
        TooBusy: there is no memory left for the answer.
    """
    starts = range(0, max(1, len(pixels)), classifier.together)
    found: list[ClassifierAnswer] = []
    async with queue.admission(len(starts)):
        for start in starts:
            found.append(await queue.run(classifier, pixels[start : start + classifier.together]))
            share_of(scope).hold(found[-1].size)
    PICTURES.labels(classifier.version.name).inc(len(pixels))
    return ClassifierAnswer.joined(found)


async def _values(
    asked: Hashable, values_of: Callable[[Array], AnyValues], x: Array, work: int, queue: WorkQueue
) -> AnyValues:
    """The values at x: of few points with others who ask for the same, of very many piece by piece."""
    if work <= _LITTLE_WORK and len(x) <= FEW:
        return await queue.gathering.values(asked, values_of, x)
    if work <= _LARGE_WORK:
        return values_of(x)
    length = max(1, _PIECE_WORK * len(x) // work)
    parts = [x[start : start + length] for start in range(0, len(x), length)]
    async with queue.admission(len(parts)):
        return joined([await queue.run(values_of, part) for part in parts])


def _work(function: Function, spec: EvaluationSpec) -> int:
    """About how many products of a point, a weight and an order it takes."""
    return len(spec.x) * max(function.weights, 1) * (max(spec.orders) + 1 + (3 if spec.step else 0))


def _size(function: Function, spec: EvaluationSpec) -> int:
    """Bytes of the arrays of an answer."""
    columns = len(set(spec.orders)) * (1 + bool(function.metadata.bands) + bool(spec.step) + spec.truth)
    return _BYTES * len(spec.x) * (1 + columns)
