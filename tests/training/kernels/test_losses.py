import numpy as np
import pytest
import torch

from tests.support.rounding import assert_close
from training.kernels.losses import NAMES, differentiate

BATCH, OUTPUTS, ROW, AT = 5, 3, 8, 2
LOSSES = {
    "mean_squared_error": torch.nn.functional.mse_loss,
    "binary_cross_entropy": lambda z, y: torch.nn.functional.binary_cross_entropy_with_logits(z, y) * OUTPUTS,
    "cross_entropy": torch.nn.functional.cross_entropy,
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", NAMES)
def test_the_gradient_is_torch_s_and_nothing_beside_it_changes(name: str, dtype: type[np.floating]) -> None:
    generator = np.random.default_rng(0)
    values = np.full(AT + BATCH * ROW, 7, dtype)
    rows = values[AT:].reshape(BATCH, ROW)
    rows[:, :OUTPUTS] = 3 * generator.standard_normal((BATCH, OUTPUTS))
    y = np.eye(OUTPUTS, dtype=dtype)[generator.integers(0, OUTPUTS, BATCH)]
    z = torch.tensor(rows[:, :OUTPUTS].astype(np.float64), requires_grad=True)
    (truth,) = torch.autograd.grad(LOSSES[name](z, torch.from_numpy(y.astype(np.float64))), z)
    differentiate(NAMES.index(name), BATCH, OUTPUTS, values, AT, ROW, y.ravel(), 0)
    assert_close(rows[:, :OUTPUTS], truth.numpy(), roundings=20, magnitude=10)
    assert (rows[:, OUTPUTS:] == 7).all()
    assert (values[:AT] == 7).all()


@pytest.mark.parametrize("name", ["binary_cross_entropy", "cross_entropy"])
def test_outputs_far_from_zero_overflow_nothing(name: str) -> None:
    values = np.array([1e4, -1e4, 0.0])
    differentiate(NAMES.index(name), 1, 3, values, 0, 3, np.zeros(3), 0)
    expected = [1, 0, 0.5] if name == "binary_cross_entropy" else [1, 0, 0]
    np.testing.assert_allclose(values, expected, atol=1e-15)
