"""Every solver lowers the error, and resumes from its state dict to the bit."""

from collections.abc import Callable
from copy import deepcopy

import numpy as np
import pytest
from torch import nn

from training.solvers import iterative
from training.solvers.problem import Problem

X = np.linspace(-1, 1, 40)
PROBLEM = Problem(X, np.sin(4 * X), np.ones(40), (1, 6), "tanh", 0)
SOLVERS = [
    kind
    for kind in vars(iterative).values()
    if isinstance(kind, type) and issubclass(kind, nn.Module) and hasattr(kind, "iterate")
]


def error(solver: iterative.Solver) -> float:
    return float(np.mean(solver.residual() ** 2))


@pytest.mark.parametrize("kind", SOLVERS)
def test_iterations_lower_the_error_and_resume(kind: Callable[[Problem], nn.Module]) -> None:
    solver, other = kind(PROBLEM), kind(PROBLEM)
    first = error(solver)  # type: ignore[arg-type]
    for _ in range(8):
        solver.iterate()  # type: ignore[operator]
    assert error(solver) < first / 1.5  # type: ignore[arg-type]
    other.load_state_dict(deepcopy(solver.state_dict()))
    for one in (solver, other):
        one.iterate()  # type: ignore[operator]
    for ours, theirs in zip(solver.layers(), other.layers(), strict=True):  # type: ignore[operator]
        np.testing.assert_array_equal(ours, theirs)


def test_there_are_three() -> None:
    assert {kind.__name__ for kind in SOLVERS} >= {"Varpro"}
    assert len(SOLVERS) == 3
