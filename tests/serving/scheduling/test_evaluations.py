import asyncio
from typing import Any

import numpy as np
import pytest

from serving.arrays import Array
from serving.decoding.pictures import Pixels
from serving.errors import TooBusy
from serving.models import evaluation
from serving.models.classifiers import Answer
from serving.models.evaluation import EvaluationResult, EvaluationSpec, Values, evaluate
from serving.models.functions import Function
from serving.models.logged_model import Version
from serving.scheduling import evaluations
from serving.scheduling.memory_budget import ALLOWANCE, Budget, sharing
from serving.scheduling.work_queue import WorkQueue
from tests.support.served_function import served_function

FUNCTION = served_function()


class Counting(WorkQueue):
    """Counts the pieces."""

    pieces = 0

    async def run(self, work: Any, *arguments: Any, **named: Any) -> Any:
        self.pieces += 1
        return await super().run(work, *arguments, **named)


def evaluated(points: int, queue: WorkQueue, budget: Budget | None = None) -> EvaluationResult:
    async def answer() -> EvaluationResult:
        scope: dict[str, Any] = {}
        with sharing(scope, budget or Budget(1 << 30)):
            spec = EvaluationSpec(np.linspace(-1, 1, points), (0, 1))
            return await evaluations.evaluated(FUNCTION, spec, scope, queue)

    return asyncio.run(answer())


def test_small_work_is_done_at_once_and_large_work_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    small, large = Counting(), Counting()
    whole = evaluated(2_000, small)
    monkeypatch.setattr(evaluations, "_LARGE_WORK", 1_000)
    monkeypatch.setattr(evaluations, "_PIECE_WORK", 700 * FUNCTION.weights * 2)
    parts = evaluated(2_000, large)
    assert (small.pieces, large.pieces) == (0, 3)
    for order in (0, 1):
        np.testing.assert_allclose(parts.values.derivatives[order], whole.values.derivatives[order], rtol=0, atol=1e-12)


@pytest.mark.parametrize(("points", "evaluations_made"), [(1, 1), (16, 1), (17, 5)])
def test_few_points_of_several_requests_are_evaluated_together(
    points: int, evaluations_made: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def values_of(function: Function, spec: EvaluationSpec, x: Array) -> Values:
        made.append(len(x))
        return own(function, spec, x)

    own = evaluation.values_of
    monkeypatch.setattr(evaluations, "values_of", values_of)
    specs = [EvaluationSpec(np.linspace(-1, 1, points) + shift, (0, 1)) for shift in range(5)]

    async def answers() -> list[EvaluationResult]:
        queue, scope = WorkQueue(), dict[str, Any]()
        with sharing(scope, Budget(1 << 30)):
            return await asyncio.gather(*(evaluations.evaluated(FUNCTION, spec, scope, queue) for spec in specs))

    for spec, found in zip(specs, asyncio.run(answers()), strict=True):
        np.testing.assert_array_equal(found.values.derivatives[1], own(FUNCTION, spec, spec.x).derivatives[1])
        assert found.x is spec.x
    assert len(made) == evaluations_made


def test_what_the_arrays_of_an_answer_take_is_held() -> None:
    budget = Budget(24 * 5_000)
    evaluated(5_000, WorkQueue(), budget)
    assert budget.taken == 0
    with pytest.raises(TooBusy, match="try again"):
        evaluated(5_000 + ALLOWANCE // 24 + 1, WorkQueue(), budget)
    spec = EvaluationSpec(np.zeros(3), (0,))
    assert evaluate(FUNCTION, spec).values.derivatives[0].shape == (3,)


@pytest.mark.parametrize(("pictures", "pieces"), [(0, 1), (2, 1), (5, 3)])
def test_pictures_are_classified_some_at_a_time(pictures: int, pieces: int) -> None:
    pixels, queue = np.arange(4 * pictures, dtype=np.uint8).reshape(pictures, 2, 2), Counting()

    class Means:
        together, version = 2, Version("means", 1, None, "r")

        def __call__(self, some: Pixels) -> Answer:
            assert len(some) <= self.together
            return Answer(some.mean((1, 2), dtype=np.float32)[:, None], novelty=some[:, 0, 0].astype(np.float32))

    async def answer() -> Answer:
        scope: dict[str, Any] = {}
        with sharing(scope, Budget(1 << 30)):
            classifier: Any = Means()
            return await evaluations.classified(classifier, pixels, scope, queue)

    found = asyncio.run(answer())
    assert queue.pieces == pieces
    assert found.novelty is not None
    np.testing.assert_array_equal(found.probabilities[:, 0], pixels.mean((1, 2)))
    np.testing.assert_array_equal(found.novelty, pixels[:, 0, 0])
    assert found.attention is None
