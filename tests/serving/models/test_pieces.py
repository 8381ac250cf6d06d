import numpy as np

from serving.models import evaluation, field_evaluation
from serving.models.evaluation import EvaluationSpec
from serving.models.field_evaluation import FieldSpec
from serving.models.pieces import AnyValues, joined, part
from tests.support.served_field import ROOTS, UNITS, served_field
from tests.support.served_function import served_function


def assert_same(found: AnyValues, expected: AnyValues) -> None:
    """To the bit."""
    for one, other in zip(found, expected, strict=True):
        assert one.keys() == other.keys()
        for name, values in other.items():
            np.testing.assert_array_equal(one[name], values)


def test_parts_of_a_function_s_values_are_the_whole() -> None:
    function, x = served_function(truth={0: [1.0, 2.0]}), np.linspace(-1, 1, 700)
    spec = EvaluationSpec(x, (0, 2), 1e-3, True)
    whole = evaluation.values_of(function, spec, x)
    assert_same(joined([evaluation.values_of(function, spec, piece) for piece in np.array_split(x, 3)]), whole)
    assert_same(joined([part(whole, slice(13)), part(whole, slice(13, None))]), whole)


def test_parts_of_a_field_s_values_are_the_whole() -> None:
    function, x = served_field(UNITS, 2, ROOTS), np.random.default_rng(0).uniform(-1, 1, (41, 3))
    spec = FieldSpec(x, (0, 2), {"y": (1,), "x,y": (0, 1)})
    whole = field_evaluation.values_of(function, spec, x)
    assert_same(joined([field_evaluation.values_of(function, spec, piece) for piece in np.array_split(x, 3)]), whole)
    assert_same(joined([part(whole, slice(13)), part(whole, slice(13, None))]), whole)
