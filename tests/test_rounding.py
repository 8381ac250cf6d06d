import numpy as np
import pytest

from tests.support.rounding import assert_close, sensitivity, wide

DTYPES = [np.float32, np.float64]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("seed", range(10))
def test_a_sum_is_right_in_any_order_and_wrong_without_one_of_its_terms(seed: int, dtype: type[np.floating]) -> None:
    terms = np.random.default_rng(seed).normal(0, 30, 800).astype(dtype)
    truth, magnitude = wide(terms).sum(), np.abs(wide(terms)).sum()
    for order in (slice(None), slice(None, None, -1), np.argsort(terms)):
        total = np.add.accumulate(terms[order])[-1]  # one by one, where sum would go by pairs
        assert_close(total, truth, roundings=800, magnitude=magnitude)
    missing = truth - wide(terms[np.abs(terms).argmax()])
    with pytest.raises(AssertionError, match="times what is allowed"):
        assert_close(total, missing, roundings=800, magnitude=magnitude)


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
@pytest.mark.parametrize("dtype", DTYPES)
def test_what_is_allowed_grows_with_the_values(dtype: type[np.floating], scale: float) -> None:
    truth = wide(np.full(3, scale, dtype))
    off = 8 * np.finfo(dtype).eps * np.array([0, 0, 1]) * truth
    assert_close((truth + off).astype(dtype), truth, roundings=20)
    with pytest.raises(AssertionError, match=r"at \(2,\)"):
        assert_close((truth + off).astype(dtype), truth, roundings=2)


@pytest.mark.parametrize("found", [[np.nan, 1.0], [np.inf, 1.0], [1.0]])
def test_what_is_no_number_or_of_another_shape_is_not_close(found: list[float]) -> None:
    with pytest.raises(AssertionError, match=r"not finite|beside"):
        assert_close(found, [1.0, 1.0], roundings=1e300)


def test_the_sensitivity_is_that_to_relative_changes() -> None:
    """Of a difference that cancels it is the size of what is cancelled."""
    x = np.array([1.0, 1.0 + 2**-30])
    assert 1.9 < sensitivity(lambda x: x[1] - x[0], x) < 2.1
    np.testing.assert_allclose(sensitivity(lambda x: x**3, x), 3, rtol=1e-6)
    assert sensitivity(np.exp, np.array(-50.0)) > 49 * np.exp(-50.0)
