import numpy as np
import pytest

from training.features.banded import inverse_near_diagonal


@pytest.mark.parametrize(("width", "columns"), [(3, 20), (4, 9), (5, 6), (1, 7)])
def test_blocks_are_those_of_the_inverse(width: int, columns: int) -> None:
    rng = np.random.default_rng(width)
    bands = rng.normal(size=(width, columns)) / 4
    bands[0] = 1 + rng.uniform(size=columns)
    factor = np.sum([np.diag(bands[k, : columns - k], -k) for k in range(width)], axis=0)
    inverse = np.linalg.inv(factor @ factor.T)
    starts = range(0, columns, width)
    blocks = inverse_near_diagonal(bands)
    for start, block in zip(starts, blocks, strict=False):
        end = start + len(block)
        np.testing.assert_allclose(block, inverse[start:end, start:end], rtol=1e-9, atol=1e-12)
    # Any neighbouring columns lie in one.
    for first in range(columns - width + 1):
        assert any(s <= first and first + width <= s + len(b) for s, b in zip(starts, blocks, strict=False))
