from pathlib import Path

import numpy as np
import pytest

from tests.support.rounding import assert_close, wide
from training.data.samples import Samples
from training.errors import InvalidParameter
from training.regression.config import FitConfig
from training.regression.sampling import sample


def written(folder: Path, rows: str) -> Path:
    path = folder / "measured.csv"
    path.write_text(rows)
    return path


def data(folder: Path, samples: int = 50, **columns: np.ndarray) -> Path:
    x = np.linspace(0, 7, samples)[::-1]
    table = {"x": x, "y": np.sin(x)} | columns
    lines = [",".join(map(repr, map(float, row))) for row in zip(*table.values(), strict=True)]
    return written(folder, "\n".join([",".join(table), *lines]))


def test_a_function_is_sampled_at_both_ends() -> None:
    config = FitConfig(target="psi_1", points=11, domain=(-2.0, 3.0))
    samples = sample(config, config.seed)
    assert (config.domain, samples.held_out, samples.digest) == ((-2.0, 3.0), None, "")
    assert_close(samples.x, np.linspace(-2, 3, 11), roundings=4)
    assert config.function
    np.testing.assert_array_equal(samples.y, config.function.derivative(samples.x))
    np.testing.assert_array_equal(samples.weights, np.ones(11))


def test_derivatives_of_a_function_are_its_own() -> None:
    config = FitConfig.model_validate({"target": "sin(x)", "optimizer": "lm", "match_derivatives": 2})
    samples = sample(config, config.seed)
    assert_close(samples.derivatives, [np.cos(wide(samples.x)), -np.sin(wide(samples.x))], roundings=4)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("1/x", r"target: 1/x is not finite at x = 0 \(domain -5,5\)"),
        ("sqrt(x)", r"target: sqrt\(x\) is not real at x = -5"),
        ("7", r"target: 7 is 7 at every sample on \[-5, 5\]: nothing to fit"),
    ],
)
def test_what_can_not_be_sampled_is_refused_with_its_place(target: str, message: str) -> None:
    with pytest.raises(InvalidParameter, match=message):
        sample(FitConfig(target=target), seed=0)


def test_data_fill_their_domain_and_a_part_is_held_out(tmp_path: Path) -> None:
    samples = sample(FitConfig(data=data(tmp_path)), seed=1)
    assert samples.domain == (0.0, 7.0)
    assert samples.held_out
    assert (len(samples.x), len(samples.held_out.x)) == (45, 5)
    everything = np.sort(np.concatenate([samples.x, samples.held_out.x]))
    assert_close(everything, np.linspace(0, 7, 50), roundings=4)
    assert np.all(np.diff(samples.x) > 0)
    assert (samples.x[0], samples.x[-1]) == (0, 7)
    assert len(samples.digest) == 64
    other = sample(FitConfig(data=data(tmp_path)), seed=2)
    assert other.held_out
    assert not np.array_equal(other.held_out.x, samples.held_out.x)


def test_nothing_is_held_out_where_not_asked_for(tmp_path: Path) -> None:
    samples = sample(FitConfig(data=data(tmp_path), validation=0), seed=0)
    assert (len(samples.x), samples.held_out) == (50, None)


def test_the_part_of_the_data_on_a_domain_that_is_given(tmp_path: Path) -> None:
    config = FitConfig(data=data(tmp_path), domain=(1.0, 2.0), validation=0)
    samples = sample(config, config.seed)
    assert samples.domain == (1.0, 2.0)
    assert 1 <= samples.x.min() < samples.x.max() <= 2
    with pytest.raises(InvalidParameter, match=r"domain: 0 of 50 points of measured.csv lie on 8,9"):
        sample(FitConfig(data=data(tmp_path), domain=(8.0, 9.0)), seed=0)


def test_standard_errors_are_weights_and_derivatives_columns(tmp_path: Path) -> None:
    errors, slopes = np.linspace(1, 2, 50), np.arange(50.0)
    path = data(tmp_path, sigma=errors, dy=slopes)
    config = FitConfig(data=path, error_column="sigma", match_derivatives=1, validation=0)
    samples = sample(config, config.seed)
    assert_close(samples.weights / samples.weights[0], errors[-1] / errors[::-1], roundings=10)
    assert np.mean(samples.weights**2) == pytest.approx(1)
    np.testing.assert_array_equal(samples.derivatives, [slopes[::-1]])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("x,y\n1,2\n2,3\n", "x_column: "),
        ("x,y\n1,2\n1,3\n1,4\n1,5\n", "x_column: "),
        ("x,y\n1,2\n2,2\n3,2\n4,2\n", "y_column: "),
        ("x,y\n1,2\n2,nan\n3,4\n4,5\n", "data: .* 1 unusable row.*line 3.*invalid_rows=drop"),
        ("x,z\n1,2\n2,3\n3,4\n", "y_column: .*x.*z"),
        ("", "data: "),
    ],
)
def test_data_that_can_not_be_used_are_refused_in_one_line(tmp_path: Path, rows: str, message: str) -> None:
    with pytest.raises(InvalidParameter, match=message) as raised:
        sample(FitConfig(data=written(tmp_path, rows)), seed=0)
    assert "\n" not in str(raised.value)


def test_unusable_rows_are_dropped_and_counted_where_asked(tmp_path: Path) -> None:
    path = written(tmp_path, "x,y\n1,2\n2,nan\n3,4\n4,5\n5,1\n")
    samples = sample(FitConfig(data=path, invalid_rows="drop", validation=0), seed=0)
    assert (samples.dropped, samples.x.tolist()) == (1, [1, 3, 4, 5])


def test_rows_are_taken_with_all_that_belongs_to_them() -> None:
    samples = Samples(np.arange(4.0), np.arange(4.0) ** 2, (np.ones(4),), np.array([1.0, 2, 3, 4]))
    taken = samples.take(np.array([0, 3]))
    assert (taken.x.tolist(), taken.y.tolist()) == ([0, 3], [0, 9])
    assert taken.standard_error is not None
    assert taken.standard_error.tolist() == [1, 4]
    assert [d.tolist() for d in taken.derivatives] == [[1, 1]]
