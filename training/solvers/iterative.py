"""The iterations of varpro, lm and lbfgs; each solver's state dict is all that a checkpoint needs."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from training.arrays import Array
from training.models.jacobian import HiddenLayers
from training.solvers.initializers import hidden_layers
from training.solvers.least_squares import LeastSquares
from training.solvers.levenberg_marquardt import iterate
from training.solvers.problem import Problem
from training.solvers.variable_projection import VariableProjection

_FIRST_DAMPING = 1e-2


class Solver(Protocol):
    """Fits y (rows,) by the hidden layers and an output layer, with weights of the rows."""

    def iterate(self) -> bool:
        """Take one iteration; False where there is none that lowers the error."""

    def residual(self) -> Array:
        """Weighted, of the rows, (rows,)."""

    def layers(self) -> tuple[Array, Array]:
        """The hidden layers, flat, and the output layer (units + 1,), the bias last."""


class Varpro(nn.Module):
    """Variable projection with Levenberg-Marquardt.

    The ridge on the output layer starts where it keeps all in order and then follows the error down: a fixed one is
    100 to 10,000 times worse in f''. Small networks need a slower descent, since an output layer with large weights
    magnifies rounding; wide ones have a good output layer from the start.
    """

    _WIDE_UNITS = 60
    _FIRST_RIDGE, _LAST_RIDGE = 1e-8, 1e-32
    # Where no step is found, less ridge may give one: this many times in a row.
    _STALLS, _STALLED_FALL, _STALLED_DAMPING = 3, 100.0, 1e-6

    theta: Tensor
    damping: Tensor
    ridge: Tensor
    counts: Tensor

    def __init__(self, problem: Problem):
        super().__init__()
        hidden = _hidden(problem)
        self._rows = hidden.rows
        self.theta = nn.Buffer(torch.from_numpy(_first_layers(problem)))
        self.damping = nn.Buffer(torch.tensor(_FIRST_DAMPING, dtype=torch.float64))
        self.ridge = nn.Buffer(torch.tensor(self._FIRST_RIDGE, dtype=torch.float64))
        self.counts = nn.Buffer(torch.zeros(2, dtype=torch.int64))  # of iterations, of stalls in a row
        self._problem = VariableProjection(hidden, problem.y, problem.weights, self._FIRST_RIDGE)
        wide = min(problem.hidden) > self._WIDE_UNITS
        self._part, self._every, self._fall = (0.1, 1, 100.0) if wide else (1.0, 5, np.inf)

    def iterate(self) -> bool:
        self._problem.ridge = float(self.ridge)
        step = iterate(self._problem, self.theta.numpy(), float(self.damping))
        iterations, stalls = self.counts.tolist()
        if step is None:
            self.ridge.fill_(max(float(self.ridge) / self._STALLED_FALL, self._LAST_RIDGE))
            self.damping.clamp_(max=self._STALLED_DAMPING)
            self.counts.copy_(torch.tensor([iterations + 1, stalls + 1]))
            return bool(stalls < self._STALLS)
        self.theta.copy_(torch.from_numpy(step.theta))
        self.damping.fill_(step.damping)
        self.counts.copy_(torch.tensor([iterations + 1, 0]))
        if (iterations + 1) % self._every == 0:
            self.ridge.fill_(self._lower_ridge())
        return True

    def _lower_ridge(self) -> float:
        residual, c = self.residual(), self.layers()[1]
        follow = self._part * float(residual @ residual) / float(c @ c)
        return min(float(self.ridge), max(follow, float(self.ridge) / self._fall, self._LAST_RIDGE))

    def residual(self) -> Array:
        self._problem.ridge = float(self.ridge)
        return self._problem.residual(self.theta.numpy())[: self._rows]

    def layers(self) -> tuple[Array, Array]:
        self._problem.ridge = float(self.ridge)
        return self.theta.numpy(), self._problem.output_layer(self.theta.numpy())


class _AllWeights(nn.Module):
    """What a solver has whose parameters are the hidden layers and the output layer together."""

    theta: Tensor

    def __init__(self, problem: Problem):
        super().__init__()
        hidden = _hidden(problem)
        self._problem, self._split = LeastSquares(hidden, problem.y, problem.weights), hidden.parameters
        self.theta = nn.Buffer(torch.from_numpy(_all_layers(problem)))

    def residual(self) -> Array:
        return self._problem.residual(self.theta.numpy())

    def layers(self) -> tuple[Array, Array]:
        hidden, output = np.split(self.theta.numpy(), [self._split])
        return hidden, output


class LevenbergMarquardt(_AllWeights):
    """Levenberg-Marquardt in all weights."""

    damping: Tensor

    def __init__(self, problem: Problem):
        super().__init__(problem)
        self.damping = nn.Buffer(torch.tensor(_FIRST_DAMPING, dtype=torch.float64))

    def iterate(self) -> bool:
        step = iterate(self._problem, self.theta.numpy(), float(self.damping))
        if step is None:
            return False
        self.theta.copy_(torch.from_numpy(step.theta))
        self.damping.fill_(step.damping)
        return True


class Lbfgs(_AllWeights):
    """torch.optim.LBFGS with its strong Wolfe line search, in all weights."""

    def __init__(self, problem: Problem):
        super().__init__(problem)
        self._optimizer = torch.optim.LBFGS(
            [self.theta],
            lr=1,
            max_iter=1,
            max_eval=25,
            tolerance_grad=0,
            tolerance_change=0,
            history_size=100,
            line_search_fn="strong_wolfe",
        )

    def iterate(self) -> bool:
        before = self.theta.clone()
        with torch.enable_grad():
            self._optimizer.step(self._cost_and_gradient)  # type: ignore[no-untyped-call]
        return not torch.equal(before, self.theta)

    def _cost_and_gradient(self) -> Tensor:
        linearised = self._problem.linearise(self.theta.detach().numpy())
        rows = len(linearised.value)
        self.theta.grad = torch.from_numpy(2 / rows * linearised.transposed(linearised.value))
        return torch.tensor(float(linearised.value @ linearised.value) / rows, dtype=torch.float64)

    def get_extra_state(self) -> dict[str, Any]:
        return self._optimizer.state_dict()

    def set_extra_state(self, state: Mapping[str, Any]) -> None:
        self._optimizer.load_state_dict(dict(state))


def _hidden(problem: Problem) -> HiddenLayers:
    return HiddenLayers(problem.hidden, problem.activation, problem.x, problem.order)


def _first_layers(problem: Problem) -> Array:
    return hidden_layers(problem.hidden, problem.seed, density=problem.density)


def _all_layers(problem: Problem) -> Array:
    """The hidden layers, and a small output layer of either sign."""
    units = problem.hidden[-1]
    output = np.random.default_rng([problem.seed, 1]).uniform(-1, 1, units) / np.sqrt(units)
    return np.concatenate([_first_layers(problem), output, [0.0]])
