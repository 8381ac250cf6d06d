import errno
from pathlib import Path

import numpy as np
import pytest
from numba.core.caching import CacheImpl, IndexDataCacheFile

from serving.models import tanh_kernel
from serving.models.tanh_layer import TanhLayer
from tests.support.rounding import assert_close, sensitivity

ORDERS = range(tanh_kernel.HIGHEST + 1)


def layer(units: int, steepest: float = 30.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weights, biases and outputs of units all over [-1, 1]."""
    generator = np.random.default_rng(units)
    weights = np.exp(generator.uniform(0, np.log(steepest), units)) * generator.choice([-1, 1], units)
    return weights, -weights * generator.uniform(-1, 1, units), generator.normal(size=units)


def summands(x: np.ndarray, slope: np.ndarray, w: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """What each unit is in each derivative, (orders, n, units): the textbook's formulas."""
    a, w = x[:, None] * slope * w + b, w * slope
    t, s = np.tanh(a), 1 / np.cosh(a) ** 2
    tanh = (t, s, -2 * t * s, s * (6 * t**2 - 2), t * s * (16 - 24 * t**2))
    return np.array([c * w**k * of_order for k, of_order in enumerate(tanh)])


@pytest.mark.parametrize("units", [1, 2, 7, 91, 400])
def test_against_extended_precision(units: int) -> None:
    (w, b, c), x = layer(units), np.random.default_rng(0).uniform(-3, 3, 1_000)
    moved = sensitivity(summands, x, np.array(0.7), w, b, c).sum(axis=2)
    truth = summands(*(np.asarray(values, np.longdouble) for values in (x, 0.7, w, b, c))).sum(axis=2)
    for highest in ORDERS:
        found = TanhLayer(0.0, 0.7, w, b, c, 0.25)(x, range(highest + 1))
        found[0] -= 0.25
        # As many roundings as units, and what each unit itself takes; the offset has one.
        assert_close(found, truth[: highest + 1], roundings=units + 60, magnitude=moved[: highest + 1] + 1)


def test_a_point_is_answered_the_same_beside_any_others() -> None:
    function, x = TanhLayer(0.1, 0.7, *layer(91), offset=0.25), np.random.default_rng(0).uniform(-5, 5, 1_300)
    whole = function(x, ORDERS)
    for points in (slice(0), slice(1), slice(5, 69), slice(11, 76), slice(700, 1_299), slice(None, None, -1)):
        np.testing.assert_array_equal(function(x[points], ORDERS), whole[:, points])
    for orders in ([0], [2], [4, 1], [1, 1]):
        found = function(x, orders)
        np.testing.assert_array_equal(found, whole[orders])
        assert found.flags["C_CONTIGUOUS"], "a row is sent as it lies in memory"


def test_points_are_taken_as_they_lie_in_memory() -> None:
    function, x = TanhLayer(0.1, 0.7, *layer(7), offset=0.25), np.linspace(-1, 1, 100)
    sent = np.frombuffer(b"!" + x.tobytes(), np.float64, offset=1)
    assert not sent.flags["ALIGNED"]
    assert not sent.flags["WRITEABLE"]
    for each in (sent, x[::-1][::-1], np.stack([x, x], axis=1)[:, 1], x.astype(object).astype(np.float64)):
        np.testing.assert_array_equal(function(each, ORDERS), function(x, ORDERS))


def test_far_away_the_units_are_constant() -> None:
    w, b, c = layer(5)
    far, nan = np.array([-np.inf, -1e308, -1e30, 1e30, 1e308, np.inf]), np.array([np.nan])
    function = TanhLayer(0.0, 0.7, w, b, c, 0.25)
    values, *derivatives = function(far, ORDERS)
    assert_close(values, np.sign(far) * np.sum(c * np.sign(w)) + 0.25, roundings=20, magnitude=np.abs(c).sum())
    assert np.abs(derivatives).max() < 1e-100
    assert np.isnan(function(nan, ORDERS)).all()


@pytest.mark.parametrize("missing", ["folder", "room"])
def test_it_is_compiled_where_nothing_can_be_kept(
    missing: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    function, x = TanhLayer(0.0, 0.7, *layer(3), offset=0.25), np.linspace(-1, 1, 100)
    before = function(x, ORDERS)
    if missing == "folder":
        monkeypatch.setattr(CacheImpl, "_locator_classes", [])
    else:
        monkeypatch.setattr(tanh_kernel.os, "access", lambda *_: False)  # type: ignore[attr-defined]
        monkeypatch.setattr(tanh_kernel, "user_cache_path", lambda _: tmp_path)
        monkeypatch.setattr(IndexDataCacheFile, "save", _full)
    monkeypatch.setattr(tanh_kernel, "compute_sums", tanh_kernel._compiled())
    np.testing.assert_array_equal(function(x, ORDERS), before)


def _full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")
