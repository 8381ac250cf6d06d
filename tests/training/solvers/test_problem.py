import numpy as np
import pytest

from training.solvers.problem import Problem


@pytest.mark.parametrize("order", [0, 1, 2])
def test_its_rows_say_which_derivatives_are_given(order: int) -> None:
    rows = 7 * (order + 1)
    assert Problem(np.zeros(7), np.zeros(rows), np.ones(rows), (3,), "tanh", 0).order == order
