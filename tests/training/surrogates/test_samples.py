import numpy as np
import pytest

from tests.support.fields import layers
from training.models.field_network import FieldNetwork, evaluate
from training.surrogates.samples import FieldSamples, relative_errors, split

LAYERS = layers((2, 5, 3))
X = np.random.default_rng(0).uniform(-1, 1, (30, 2))
EXACT = FieldSamples(X, tuple(evaluate(FieldNetwork(LAYERS), X, 2)))


def test_rows_are_seen_or_held_out() -> None:
    seen, held_out = split(30, 0.2, seed=1)
    assert (len(seen), len(held_out)) == (24, 6)
    np.testing.assert_array_equal(np.sort(np.concatenate([seen, held_out])), np.arange(30))
    np.testing.assert_array_equal(seen, np.sort(seen))
    assert [len(part) for part in split(2, 0.0, seed=1)] == [1, 1]
    taken = EXACT.take(held_out)
    np.testing.assert_array_equal(taken.y, EXACT.y[held_out])
    assert taken.values[2].shape == (6, 3, 2, 2)


def test_errors_are_those_of_the_worst_output_and_none_where_it_is_exact() -> None:
    assert relative_errors(LAYERS, EXACT) == pytest.approx((0, 0, 0), abs=1e-12)
    value, gradient, hessian = (values.copy() for values in EXACT.values)
    value[:, 1] += 0.5 * value[:, 1].std()
    gradient[:, 2] *= 2
    found = relative_errors(LAYERS, FieldSamples(X, (value, gradient, hessian)))
    assert found[0] == pytest.approx(0.5)
    assert found[1] == pytest.approx(0.5)
    assert found[2] == pytest.approx(0, abs=1e-12)
