"""The contenders of `make bench-precision`: fits by this project and by what a user would otherwise take.

Each takes a task and returns the errors of its fit between the samples, against the exact derivatives.
"""

import tempfile
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from math import inf, nan
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch
from scipy.interpolate import make_smoothing_spline
from sklearn.neural_network import MLPRegressor

from training.arrays import Array
from training.errors import TrainingDiverged
from training.evaluation import baselines
from training.evaluation.accuracy import REPORTED_ORDERS, relative_l2
from training.models.networks import Network, Scaling, count_weights, evaluate, posterior_std
from training.regression.config import FitConfig
from training.regression.sampling import sample
from training.regression.trainer import train
from training.targets import named
from training.targets.domain import Domain
from training.targets.named import Target

DOMAIN = Domain(-5.0, 5.0)
POINTS = 500
HIDDEN = ("20,20", "30,30", "200,200")
# Networks are also judged in f''' and f'''', which are served unless told otherwise.
HIGHEST_ORDER = 4
# 30 epochs of 500 samples are few steps; so many take Adam about as long as varpro. Here and in scikit-learn it has
# batches of 100 and the learning rate of the standard preset.
_PASSES = 2_000


@dataclass(frozen=True)
class Task:
    """A fit to measure: a key of CONTENDERS, what it fits, and the standard deviation of the noise in its samples."""

    contender: str
    target: str
    points: int = POINTS
    seed: int = 0
    noise: float = 0.0

    @property
    def function(self) -> Target:
        return named.parse(self.target)

    def samples(self) -> tuple[Array, Array]:
        """x and y, (points,) each; the seed draws the noise."""
        x = DOMAIN.equally_spaced(self.points)
        return x, self.function.derivative(x) + np.random.default_rng(self.seed).normal(0, self.noise, self.points)


@dataclass(frozen=True)
class Result:
    """A fit: its relative L2 errors by order, the numbers that it stores, the seconds that it took.

    Attributes:
        noise: the standard deviation of a sample, as estimated by a fit that does.
        coverage: by order, the part of the domain where the truth lies within two standard deviations of the fit.
    """

    errors: tuple[float, ...]
    parameters: int = 0
    seconds: float = nan
    noise: float = nan
    coverage: tuple[float, ...] = ()


def measure(task: Task) -> Result:
    """Fit and judge; what diverges has infinite errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn's of what has not converged: the errors show it
        try:
            return CONTENDERS[task.contender](task)
        except TrainingDiverged:
            return Result((inf,) * (HIGHEST_ORDER + 1))


def errors(derivatives: Iterable[Array], target: Target) -> tuple[float, ...]:
    """Relative L2 errors of derivatives, (points,) each and the function first, at the midpoints."""
    grid = DOMAIN.midpoints()
    return tuple(relative_l2(values, target.derivative(grid, order)) for order, values in enumerate(derivatives))


def _derivable(task: Task, **parameters: object) -> Result:
    """This project, trained as `make fit` trains."""
    given = {"target": task.target, "points": task.points, "seed": task.seed, **parameters}
    config = FitConfig.model_validate(given)
    samples = sample(config, config.seed)
    with tempfile.TemporaryDirectory() as folder:
        (member,) = train(config, samples, Path(folder))
    network = member.network
    assert network is not None, "it would have raised"
    found = evaluate(network, DOMAIN.midpoints(), HIGHEST_ORDER)
    noise = nan if member.noise_std is None else member.noise_std
    covered = () if not network.has_posterior else _coverage(network, found, task.function)
    return Result(errors(found, task.function), count_weights(network), member.seconds, noise, covered)


def _coverage(network: Network, fitted: Array, target: Target) -> tuple[float, ...]:
    grid = DOMAIN.midpoints()
    bands = posterior_std(network, grid)
    return tuple(
        float(np.mean(np.abs(fitted[k] - target.derivative(grid, k)) <= 2 * band)) for k, band in enumerate(bands)
    )


def _evidence(task: Task) -> Result:
    """Measured data from a file, with all defaults."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "noisy.npy"
        np.save(path, np.column_stack(task.samples()))
        return _derivable(task, data=path)


def _chebyshev(task: Task) -> Result:
    return _approximation(baselines.chebyshev(*task.samples(), DOMAIN), task.function)


def _spline(task: Task) -> Result:
    return _approximation(baselines.spline(*task.samples()), task.function)


def _smoothing_spline(task: Task) -> Result:
    """SciPy's, which chooses its smoothing by generalised cross-validation."""
    samples = task.samples()
    start = perf_counter()
    fitted = make_smoothing_spline(*samples)
    seconds, parameters = perf_counter() - start, fitted.t.size + fitted.c.size
    return _approximation(baselines.Approximation("scipy", parameters, seconds, fitted), task.function)


def _approximation(fitted: baselines.Approximation, target: Target) -> Result:
    found = [fitted.derivative(DOMAIN.midpoints(), order) for order in range(REPORTED_ORDERS + 1)]
    return Result(errors(found, target), fitted.parameters, fitted.seconds)


def _scikit_learn(task: Task, **settings: Any) -> Result:
    """MLPRegressor on scaled samples, without penalty; its derivatives are those of a network with its weights."""
    x, y = task.samples()
    scaling = Scaling.of(DOMAIN, y)
    u, v = (x[:, None] - scaling.x_center) / scaling.x_scale, (y - scaling.y_center) / scaling.y_scale
    fixed = {"hidden_layer_sizes": (30, 30), "activation": "tanh", "alpha": 0, "tol": 0, "random_state": task.seed}
    start = perf_counter()
    model = MLPRegressor(**fixed, **settings).fit(u, v)
    seconds = perf_counter() - start
    network = with_weights(model, scaling)
    found = evaluate(network, DOMAIN.midpoints(), HIGHEST_ORDER)
    return Result(errors(found, task.function), count_weights(network), seconds)


def with_weights(model: Any, scaling: Scaling) -> Network:
    """The network with the weights of an MLPRegressor (tanh) that was fitted to scaled samples."""
    network = Network(tuple(model.hidden_layer_sizes), "tanh", scaling, torch.Generator())
    with torch.no_grad():
        learned = [*model.coefs_, *model.intercepts_]
        for own, values in zip([*network.weights, *network.biases], learned, strict=True):
            own.copy_(torch.from_numpy(values))
    return network


_precise = partial(partial, _derivable, preset="precise")
_small = partial(partial, _derivable, hidden="30,30")
_lbfgs: dict[str, Any] = {"solver": "lbfgs", "max_iter": 20_000, "max_fun": 10**6}
_adam: dict[str, Any] = {
    "max_iter": _PASSES,
    "n_iter_no_change": _PASSES,
    "batch_size": 100,
    "learning_rate_init": 5e-3,
}

NETWORKS: Mapping[str, Callable[[Task], Result]] = {f"varpro {hidden}": _precise(hidden=hidden) for hidden in HIDDEN}
# What no seed decides.
DETERMINISTIC: Mapping[str, Callable[[Task], Result]] = {
    "Chebyshev series": _chebyshev,
    "spline": _spline,
    "SciPy smoothing spline": _smoothing_spline,
}
# All 30,30 and tanh.
RANDOM: Mapping[str, Callable[[Task], Result]] = {
    "scikit-learn, lbfgs": partial(_scikit_learn, **_lbfgs),
    f"scikit-learn, adam, {_PASSES:,} epochs": partial(_scikit_learn, **_adam),
    "adam, 30 epochs": _small(optimizer="adam", epochs=30),
    f"adam, {_PASSES:,} epochs": _small(optimizer="adam", epochs=_PASSES),
    "lbfgs": _small(optimizer="lbfgs"),
    "lm": _small(optimizer="lm"),
    "varpro 30,30, match_derivatives=2": _precise(hidden="30,30", match_derivatives=2),
}
ON_NOISE: Mapping[str, Callable[[Task], Result]] = {
    "evidence": _evidence,
    # Its own patience of ten passes stops it at larger errors.
    "scikit-learn, early stopping": partial(_scikit_learn, early_stopping=True, n_iter_no_change=200, max_iter=20_000),
}
CONTENDERS = {**NETWORKS, **DETERMINISTIC, **RANDOM, **ON_NOISE}
