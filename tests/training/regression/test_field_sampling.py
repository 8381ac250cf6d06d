from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training.errors import InvalidParameter
from training.regression.config import FitConfig
from training.regression.field_sampling import Problem, sample

RNG = np.random.default_rng(0)
ROWS = RNG.uniform(-1, 1, (60, 3))


def written(folder: Path, rows: np.ndarray, names: str = "a,b,c") -> Path:
    path = folder / "scattered.csv"
    np.savetxt(path, rows, delimiter=",", header=names, comments="")
    return path


def of_data(path: Path, seed: int = 0, **given: object) -> Problem:
    return sample(FitConfig.model_validate({"data": path, "x_column": "a,b", "y_column": "c"} | given), seed)


def of_function(target: str, domain: object = "x:-2,2; y:-1,1", **given: object) -> Problem:
    return sample(FitConfig.model_validate({"target": target, "domain": domain, "points": 100} | given), seed=0)


@pytest.mark.parametrize("design", [None, "arcsine", "uniform", "sobol", "latin_hypercube", "grid"])
def test_a_function_is_sampled_by_a_design_and_judged_between(design: str | None) -> None:
    problem = of_function("sin(x)*y; x*y**2", design=design)
    (x, y), z = problem.samples.x.T, problem.samples.y
    np.testing.assert_allclose(z, np.column_stack([np.sin(x) * y, x * y**2]), rtol=0, atol=1e-15)
    assert len(x) == 100
    assert problem.box.contains(problem.samples.x).all()
    judged = problem.judged
    assert judged.x.shape == (20_000, 2)
    assert [part.shape[1:] for part in judged.values] == [(2,), (2, 2), (2, 2, 2)]
    seen = {tuple(row) for row in problem.samples.x} | {tuple(row) for row in problem.held_out.x}
    assert not seen & {tuple(row) for row in judged.x}
    assert [str(problem.box), problem.digest, problem.weights] == ["x:-2,2; y:-1,1", "", None]


def test_data_fill_their_box_and_a_part_is_held_out(tmp_path: Path) -> None:
    problem = of_data(written(tmp_path, ROWS))
    assert (len(problem.samples.x), len(problem.held_out.x)) == (54, 6)
    everything = np.concatenate([problem.samples.x, problem.held_out.x])
    assert {tuple(row) for row in everything} == {tuple(row) for row in ROWS[:, :2]}
    assert problem.box.lows == tuple(ROWS[:, :2].min(axis=0))
    assert problem.judged is problem.held_out
    assert len(problem.digest) == 64
    other = of_data(written(tmp_path, ROWS), seed=1)
    assert not np.array_equal(other.held_out.x, problem.held_out.x)


def test_standard_errors_are_weights(tmp_path: Path) -> None:
    sigma = np.linspace(1, 2, 60)
    path = written(tmp_path, np.column_stack([ROWS, sigma]), "a,b,c,sigma")
    problem = of_data(path, error_column="sigma", validation=0)
    assert problem.weights is not None
    np.testing.assert_allclose(problem.weights / problem.weights[0], sigma[0] / sigma, rtol=1e-12)
    assert np.mean(problem.weights**2) == pytest.approx(1)


def test_rows_on_a_domain_that_is_given(tmp_path: Path) -> None:
    problem = of_data(written(tmp_path, ROWS), domain="a:0,1; b:-1,1", validation=0)
    assert problem.samples.x[:, 0].min() >= 0
    assert len(problem.samples.x) == np.count_nonzero(ROWS[:, 0] >= 0)
    assert any("no samples were held out" in warning for warning in problem.warnings)


@pytest.mark.parametrize(
    ("target", "domain", "message"),
    [
        ("1/(x-y)", "x:-1,1; y:-1,1", r"target: 1/\(x-y\) is not finite at x = -?\d"),
        ("sqrt(x)*y", "x:-1,1; y:-1,1", r"target: sqrt\(x\)\*y is not finite at x = -"),
        ("x", "x:-1,1; y:-1,1", "does not depend on y"),
        ("x*y*z", "x:-1,1; y:-1,1", "the name 'z' is unknown"),
        ("x*y", "x:-1,1; x:0,1", "x is there twice"),
        ("x*y", "x:1,-1; y:0,1", "x:1,-1 is no interval"),
        ("x*y", "x:-1,1; y", "'y' is not name:low,high"),
        ("x*y*1e200", "x:-1,1; y:-1,1", "multiply it"),
        ("0*x*y", "x:-1,1; y:-1,1", "is 0 in all samples"),
    ],
)
def test_functions_that_can_not_be_sampled_are_refused_in_one_line(target: str, domain: str, message: str) -> None:
    with pytest.raises((InvalidParameter, ValueError), match=message) as raised:
        of_function(target, domain)
    if isinstance(raised.value, InvalidParameter):
        assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("rows", "given", "message"),
    [
        (np.column_stack([ROWS[:, 0], np.ones(60), ROWS[:, 2]]), {}, "x_column: b is 1 in all samples; leave it out"),
        (np.column_stack([ROWS[:, :2], np.ones(60)]), {}, "y_column: c is 1 in all samples"),
        (np.column_stack([ROWS[:, 0], 2 * ROWS[:, 0] + 1, ROWS[:, 2]]), {}, "x_column: a, b are collinear"),
        (ROWS[:3], {}, "data: 3 of 3 rows of scattered.csv lie in the domain; 2 variables need at least 4"),
        (ROWS, {"x_column": "a,q"}, "x_column: .* has no column 'q'"),
        (ROWS, {"x_column": "a,a"}, "x_column: 'a' is named twice"),
        (ROWS, {"y_column": "b"}, "y_column: 'b' is named twice"),
        (np.where(ROWS > 0.99, np.nan, ROWS), {}, "data: .* unusable row"),
        (ROWS, {"target": "a*q"}, "the name 'q' is unknown"),
    ],
)
def test_data_that_can_not_be_used_are_refused_in_one_line(
    tmp_path: Path, rows: np.ndarray, given: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidParameter, match=message) as raised:
        of_data(written(tmp_path, rows), **given)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"optimizer": "lbfgs", "hidden": "10"},
            "optimizer: several variables are fitted by adaptive, varpro and evidence, with a given shape by adam, "
            "sgd, varpro and lm, not lbfgs",
        ),
        ({"hidden": "10", "optimizer": "evidence"}, "hidden: evidence takes as many units as several variables need"),
        (
            {"hidden": "200,200"},
            "hidden: varpro trains at most 5,000 weights of hidden layers of several variables, not",
        ),
        ({"hidden": "auto", "optimizer": "lm"}, "hidden: lm needs units, as 30,30"),
        ({"period": 1.0}, "period: "),
        ({"mean": 1.0}, "mean: "),
        ({"optimizer": "varpro", "activation": "sin"}, "activation: "),
        ({"error_column": "s"}, "error_column: only data fitted by varpro, lm and evidence have weights"),
    ],
)
def test_what_only_one_variable_has_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidParameter, match=message):
        sample(FitConfig.model_validate({"target": "x*y", "domain": "x:-2,2; y:-1,1"} | given), seed=0)


def test_one_variable_has_no_design_and_no_names() -> None:
    with pytest.raises(InvalidParameter, match="design: samples of one variable are equally spaced"):
        FitConfig.parse(["--target=sin(x)", "--design=grid"])
    with pytest.raises(InvalidParameter, match="domain: expected LOW,HIGH for a single variable"):
        FitConfig.parse(["--target=sin(x)", "--domain=x:-1,1"])
    with pytest.raises(InvalidParameter, match="the domain has several, as domain='x:-1,1; y:-1,1'"):
        FitConfig.parse(["--target=sin(x)*y"])
