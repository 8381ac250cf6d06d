"""Codes and strays are named, and nothing in honest data is: drawn from families that look most like it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.support.tables import DEFAULT, written
from training.data.measurements import read
from training.data.screening import codes, stray, warnings
from training.targets.domain import Domain

Random = np.random.Generator
SIZES = (15, 40, 300)

HONEST_Y: dict[str, Callable[[Random, int], np.ndarray]] = {
    "normal": lambda r, n: r.normal(size=n),
    "Cauchy": lambda r, n: r.standard_cauchy(n),
    "Cauchy, rounded": lambda r, n: np.round(r.standard_cauchy(n), 1),
    "log-normal": lambda r, n: r.lognormal(0, 3, n),
    "Pareto": lambda r, n: r.pareto(0.5, n),
    "exponential": lambda r, n: np.exp(np.linspace(0, 30, n)),
    "step": lambda r, n: np.where(np.arange(n) < n / 2, 0.0, 10.0),
    "noisy step": lambda r, n: np.where(np.arange(n) < n / 2, 0.0, 1e4) + r.normal(size=n),
    "plateau": lambda r, n: np.where(np.arange(n) < n / 3, 50.0, r.normal(size=n)),
    "clipped": lambda r, n: np.clip(3 * r.normal(size=n), -1, 1),
    "square wave": lambda r, n: np.where(np.arange(n) % 8 < 4, 5.0, 0.0),
    "counts": lambda r, n: r.poisson(r.choice([0.1, 1, 10]), n).astype(float),
    "scattered counts": lambda r, n: r.negative_binomial(0.2, 0.01, n).astype(float),
    "percent": lambda r, n: np.round(r.uniform(0, 99.9, n), 1),
    "around 999": lambda r, n: np.round(r.normal(999, 5, n)),
}
HONEST_X: dict[str, Callable[[Random, int], np.ndarray]] = {
    "uniform": lambda r, n: r.uniform(size=n),
    "normal": lambda r, n: r.normal(size=n),
    "grid": lambda r, n: np.linspace(1.6e9, 1.6e9 + 300, n),
    "logarithmic": lambda r, n: np.logspace(-3, 6, n),
    "decades": lambda r, n: 10.0 ** np.arange(-6, 7),
    "two decades each": lambda r, n: 100.0 ** np.arange(-6, 7),
    "doses and a control": lambda r, n: np.concatenate([[0.0] * 3, np.repeat(10.0 ** np.arange(-3, 9), 3)]),
    "zero and logarithmic": lambda r, n: np.concatenate([[0.0], np.logspace(-3, 6, n)]),
    "log-normal": lambda r, n: r.lognormal(0, 3, n),
    "two clusters": lambda r, n: np.concatenate([r.normal(size=n), r.normal(size=n) + 1e4]),
    "a later series": lambda r, n: np.concatenate([np.arange(n), 10.0 * n + np.arange(3)]),
}


@pytest.mark.parametrize("family", HONEST_Y)
def test_honest_values_are_no_codes(family: str) -> None:
    for seed in range(40):
        random = np.random.default_rng(seed)
        for size in SIZES:
            assert codes(HONEST_Y[family](random, size)) == {}, (seed, size)


@pytest.mark.parametrize("family", HONEST_X)
def test_honest_points_are_no_strays(family: str) -> None:
    for seed in range(40):
        random = np.random.default_rng(seed)
        for size in SIZES:
            assert stray(np.sort(HONEST_X[family](random, size))) is None, (seed, size)


@pytest.mark.parametrize("code", [-999.99, -999.0, -9999.0, 9999.0, 99999.9, 1e20, -32768.0, 12345.0])
@pytest.mark.parametrize("count", [3, 20])
def test_a_value_that_is_repeated_far_outside(code: float, count: int) -> None:
    for seed in range(20):
        random = np.random.default_rng(seed)
        y = random.normal(50, 20, 200)
        at = np.sort(random.choice(100, count, replace=False)) * 2
        y[at] = code
        found = codes(y)
        assert list(found) == [code]
        assert found[code].tolist() == at.tolist()


def test_several_codes_and_single_ones() -> None:
    y = np.sin(np.arange(100.0))
    y[[3, 50]], y[[7, 8, 9]] = -999, 9999
    assert {code: at.tolist() for code, at in codes(y).items()} == {-999: [3, 50], 9999: [7, 8, 9]}


@pytest.mark.parametrize(
    ("others", "far"),
    [
        (1.6e9 + np.arange(300.0), 0.0),
        (1.6e9 + np.cumsum(np.random.default_rng(0).exponential(60, 5_000)), 0.0),
        (np.arange(1.0, 251.0), 1e6),
        (np.random.default_rng(1).uniform(400, 800, 100), -1e5),
        (np.linspace(0, 1, 50), 1e3),
    ],
)
def test_a_single_x_far_from_all_others(others: np.ndarray, far: float) -> None:
    x = np.sort(np.append(others, far))
    found = stray(x)
    assert found is not None
    assert (found[0], x[found[1]].tolist()) == (far, [far])


def test_they_are_named_with_their_lines(tmp_path: Path) -> None:
    rows = [f"{1_600_000_000 + i},{np.sin(i / 9):.6f}" for i in range(100)]
    rows[10], rows[20], rows[30] = "0,0.5", "1600000020,-999.99", "1600000030,-999.99"
    found = read(written(tmp_path, "\n".join(["x,y", *rows])), DEFAULT, "refuse")
    code, far = warnings(found, Domain(found.x[0], found.x[-1]), "x", "y")
    assert code.startswith("2 of 100 values of column 'y' are -999.99, far outside the rest")
    assert "(line 22, 32)" in code
    assert far.startswith("x = 0 of column 'x' lies far from all others")
    assert "(line 12)" in far
    assert len(warnings(found, Domain(1.6e9, 1.7e9), "x", "y")) == 1
