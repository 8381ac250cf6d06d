import numpy as np

from training.taylor.piecewise import abs_, heaviside, maximum, minimum, sign
from training.taylor.series import Series, constant

X = Series(np.array([[-2.0, 0.0, 3.0], [1.0, 1.0, 1.0]]))
NOT = Series(np.array([[np.nan], [1.0]]))


def test_values_and_the_derivatives_on_the_right() -> None:
    np.testing.assert_array_equal(abs_(X).c, [[2, 0, 3], [-1, 1, 1]])
    np.testing.assert_array_equal(sign(X).c, [[-1, 0, 1], [0, 0, 0]])
    np.testing.assert_array_equal(heaviside(X).c, [[0, 0.5, 1], [0, 0, 0]])
    np.testing.assert_array_equal(heaviside(X, constant(0.25, X)).c[0], [0, 0.25, 1])
    zero = constant(0.0, X)
    np.testing.assert_array_equal(maximum(X, zero).c, [[0, 0, 3], [0, 1, 1]])
    np.testing.assert_array_equal(minimum(X, zero).c, [[-2, 0, 0], [1, 0, 0]])


def test_what_is_no_number_stays_so() -> None:
    for chosen in (maximum, minimum):
        assert np.isnan(chosen(NOT, constant(0.0, NOT)).c[0]).all()
        assert np.isnan(chosen(constant(0.0, NOT), NOT).c[0]).all()
