import numpy as np

from training.targets.domain import Domain

DOMAIN = Domain(-1.0, 3.0)


def test_a_domain_is_written_as_it_is_given() -> None:
    assert str(Domain(-0.1, 1e-300)) == "-0.1,1e-300"


def test_its_points() -> None:
    np.testing.assert_array_equal(DOMAIN.equally_spaced(3), [-1, 1, 3])
    np.testing.assert_array_equal(DOMAIN.midpoints(4), [-0.5, 0.5, 1.5, 2.5])
    assert DOMAIN.grid().shape == (1_001,)
    np.testing.assert_array_equal(DOMAIN.contains(np.array([-1.1, -1.0, 3.0, np.nan])), [False, True, True, False])


def test_what_lies_inside_of_a_margin() -> None:
    assert DOMAIN.inside(0.25) == (-0.75, 2.75)
    assert DOMAIN.width == 4
