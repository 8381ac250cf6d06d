import numpy as np
import torch

from tests.test_engine import engine, recipe, samples
from training.engine import Pass


def test_a_step_drops_units_and_its_gradient_is_that_of_what_is_left() -> None:
    """By finite differences of the loss with the same units dropped."""
    for activation in ("relu", "tanh", "gaussian"):
        of = recipe((3, 6, 5, 2), activation=activation, optimizer="sgd", dropout=0.4)
        x, y = samples(of, 1, 7)
        made = engine(of, 1)
        assert made.dropout is not None

        def loss() -> float:
            assert made.dropout is not None  # noqa: B023
            made.dropout.seed(5)  # noqa: B023
            with torch.inference_mode():
                return float(((batch.outputs() - y) ** 2).mean())  # noqa: B023

        (batch,) = Pass(made, x, y, 7).batches
        made.dropout.active = True
        made.dropout.seed(5)
        with torch.inference_mode():
            batch.compute_gradient()
        for layer, gradient in zip(made.layers, made.gradients, strict=True):
            index = (0, layer.shape[1] // 2, 1)
            found, value, step = float(gradient[index]), float(layer[index]), 1e-6
            layer[index] = value + step
            above = loss()
            layer[index] = value - step
            below = loss()
            layer[index] = value
            np.testing.assert_allclose(found, (above - below) / 2 / step, rtol=1e-5, atol=1e-8)


def test_outputs_drop_nothing() -> None:
    with_dropout, without = engine(recipe(dropout=0.4), 2), engine(recipe(), 2)
    x, y = samples(recipe(), 2, 25)
    assert torch.equal(Pass(with_dropout, x, y, 10).outputs(), Pass(without, x, y, 10).outputs())


def test_a_run_follows_from_its_seed_and_keeps_the_mean() -> None:
    first, again, other = (engine(recipe(dropout=0.4), 2) for _ in range(3))
    x, y = samples(recipe(), 2, 25)
    for made, seed in ((first, 1), (again, 1), (other, 2)):
        made.run(Pass(made, x, y, 10), seed)
    assert torch.equal(first.state, again.state)
    assert not torch.equal(first.state, other.state)
