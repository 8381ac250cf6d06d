from dataclasses import replace

import numpy as np

from training.data.samples import Samples
from training.data.thinning import thinned


def noisy(n: int) -> Samples:
    rng = np.random.default_rng(0)
    x = np.sort(rng.exponential(1.0, n))
    return Samples(x, rng.normal(size=n), standard_error=rng.uniform(1, 2, n))


def test_few_samples_are_all_kept_with_those_held_out_in_order() -> None:
    whole = noisy(40)
    seen, held_out = np.arange(0, 40, 2), np.arange(1, 40, 2)
    found = thinned(replace(whole.take(seen), held_out=whole.take(held_out)))
    np.testing.assert_array_equal(found.x, whole.x)
    np.testing.assert_array_equal(found.y, whole.y)
    assert found.standard_error is not None
    assert whole.standard_error is not None
    np.testing.assert_array_equal(found.standard_error, whole.standard_error)


def test_of_many_those_kept_are_as_dense_as_the_data_with_the_extremes() -> None:
    whole = noisy(20_000)
    found = thinned(whole, 100)
    assert 90 <= len(found.x) <= 100
    assert (np.diff(found.x) > 0).all()
    assert (found.x[0], found.x[-1]) == (whole.x[0], whole.x[-1])
    assert (found.y.min(), found.y.max()) == (whole.y.min(), whole.y.max())
    assert abs(np.median(found.x) - np.log(2)) < 0.05
    rows = np.searchsorted(whole.x, found.x)
    np.testing.assert_array_equal(found.y, whole.y[rows])
    assert found.standard_error is not None
    assert whole.standard_error is not None
    np.testing.assert_array_equal(found.standard_error, whole.standard_error[rows])
