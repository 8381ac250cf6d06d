"""Against torch's gradients and Hessians."""

from typing import Any

import numpy as np
import pytest
import torch
from torch.func import hessian, jacfwd

from training.taylor.second_order import SecondOrder

POINTS = np.array([[0.3, 1.2, -0.7], [2.0, 0.5, 0.1]])


def ours(a: SecondOrder, x: Any, y: Any, z: Any) -> Any:
    product = a.apply("*", a.apply("sin", x), a.power(y, 1.5))
    return a.apply("+", a.apply("/", product, a.apply("exp", z)), a.apply("neg", a.apply("*", x, z)))


def theirs(p: torch.Tensor) -> torch.Tensor:
    x, y, z = p
    value: torch.Tensor = torch.sin(x) * y**1.5 / torch.exp(z) - x * z
    return value


@pytest.mark.parametrize("order", [0, 1, 2])
def test_value_gradient_and_hessian(order: int) -> None:
    arithmetic = SecondOrder(3, order)
    variables = [arithmetic.variable(POINTS[:, k], k) for k in range(3)]
    rows = ours(arithmetic, *variables).plain
    assert len(rows) == arithmetic.rows == (1, 4, 10)[order]
    for i, point in enumerate(torch.from_numpy(POINTS)):
        assert rows[0, i] == pytest.approx(float(theirs(point)))
        if order:
            np.testing.assert_allclose(rows[1:4, i], jacfwd(theirs)(point).numpy(), rtol=1e-12)
        if order == 2:
            np.testing.assert_allclose(arithmetic.hessian(rows)[..., i], hessian(theirs)(point).numpy(), rtol=1e-11)
