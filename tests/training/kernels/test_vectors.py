"""The words of vector code, each spoken alone in a function of its own."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numba import njit, types
from numba.extending import intrinsic

from training.kernels.compilation import FEATURES
from training.kernels.vectors import (
    VECTOR_BYTES,
    choose,
    index,
    memory,
    multiply_add,
    power_of_two,
    spread,
    transposed,
)

FLOATS = [np.float32, np.float64]


@njit
def power(shifted):
    return power_of_two(shifted)


def stored(generate: Callable[..., Any]) -> Any:
    """An intrinsic of two arrays of one type, and a whole number, that writes into the second."""

    def made(typing: Any, given: Any, out: Any, number: Any) -> Any:
        def body(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            given_at, out_at = (
                memory(context, builder, kind, array, index(0))
                for kind, array in zip(signature.args[:2], arguments[:2], strict=True)
            )
            generate(builder, given_at, out_at, arguments[2])
            return context.get_dummy_value()

        return types.void(given, out, types.intp), body

    return intrinsic(made)


@stored
def squares_plus(builder: Any, given: Any, out: Any, number: Any) -> None:
    """The first vector squared plus the second, in one operation where there is one."""
    first, second = (given.load(index(at * given.lanes)) for at in range(2))
    out.store(index(0), multiply_add(builder, first, first, second))


@stored
def everywhere(builder: Any, given: Any, out: Any, number: Any) -> None:
    out.store(index(0), spread(builder, given.scalar(number), out.vector))


@stored
def columns(builder: Any, given: Any, out: Any, number: Any) -> None:
    rows = [given.load(index(row * given.lanes)) for row in range(given.lanes)]
    for row, column in enumerate(transposed(builder, rows)):
        out.store(index(row * given.lanes), column)


@stored
def one_of(builder: Any, given: Any, out: Any, number: Any) -> None:
    """The vector with this number into the first place, for the first and the third of three."""

    def emit(vector: int) -> None:
        out.store(index(0), given.load(index(vector * given.lanes)))

    choose(builder, number, {0: (0,), 2: (2,)}, emit)


@njit
def run_squares_plus(given, out):
    squares_plus(given, out, 0)


@njit
def run_everywhere(given, out, number):
    everywhere(given, out, number)


@njit
def run_columns(given, out):
    columns(given, out, 0)


@njit
def run_one_of(given, out, number):
    one_of(given, out, number)


def lanes(dtype: type[np.floating]) -> int:
    return VECTOR_BYTES // np.dtype(dtype).itemsize


def test_a_vector_is_what_a_register_of_the_processor_holds() -> None:
    """One without AVX takes two registers for it, or four."""
    assert (64 if "+avx512f" in FEATURES else 32) == VECTOR_BYTES


@pytest.mark.parametrize("dtype", FLOATS)
def test_powers_of_two_are_exact_as_far_as_numbers_are_normal(dtype: type[np.floating]) -> None:
    info = np.finfo(dtype)
    shift = dtype(1.5) * dtype(2) ** info.nmant
    for n in (info.minexp, -3, -1, 0, 1, 10, info.maxexp - 1):
        assert power(dtype(n) + shift) == dtype(2) ** dtype(n)


@pytest.mark.parametrize("dtype", FLOATS)
def test_a_product_and_a_sum_are_rounded_once_or_twice(dtype: type[np.floating]) -> None:
    """Once, where the processor has an operation for both: the square of 1 + ε has a last digit that gets lost else."""
    n, eps = lanes(dtype), np.finfo(dtype).eps
    given, out = np.append(np.full(n, 1 + eps, dtype), np.full(n, -1, dtype)), np.empty(n, dtype)
    run_squares_plus(given, out)
    exact = (1 + Fraction(float(eps))) ** 2 - 1
    twice = dtype(dtype(1 + eps) * dtype(1 + eps)) - dtype(1)
    assert set(out.tolist()) <= {float(dtype(float(exact))), float(twice)}
    assert len(set(out.tolist())) == 1


@pytest.mark.parametrize("dtype", FLOATS)
def test_a_number_is_spread_over_a_vector(dtype: type[np.floating]) -> None:
    n = lanes(dtype)
    given, out = np.arange(n + 3).astype(dtype), np.zeros(n + 1, dtype)
    run_everywhere(given, out, n + 2)
    assert out.tolist() == [n + 2] * n + [0]


@pytest.mark.parametrize("dtype", FLOATS)
def test_rows_become_columns(dtype: type[np.floating]) -> None:
    n = lanes(dtype)
    given, out = np.arange(n * n).astype(dtype), np.zeros(n * n, dtype)
    run_columns(given, out)
    np.testing.assert_array_equal(out.reshape(n, n), given.reshape(n, n).T)


def test_one_case_is_run_and_of_others_none() -> None:
    n = lanes(np.float64)
    given = np.repeat([1.0, 2.0, 3.0], n)
    for number, expected in ((0, 1.0), (1, 0.0), (2, 3.0), (-1, 0.0), (7, 0.0)):
        out = np.zeros(n)
        run_one_of(given, out, number)
        assert out.tolist() == [expected] * n
