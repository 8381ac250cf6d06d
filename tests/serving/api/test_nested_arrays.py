import numpy as np
import pytest

from serving.api.nested_arrays import NotNumbers, Ragged, TooBig, array


@pytest.mark.parametrize(
    ("nested", "kind"),
    [
        ([1, 2], "i"),
        ([1, 2.5], "f"),
        ([[1, 2, 3], [4, 5, 6]], "i"),
        ([[[0.5]], [[1]]], "f"),
        ([], "i"),
        ([[], []], "i"),
    ],
)
def test_an_array_as_numpy_makes_it(nested: list[object], kind: str) -> None:
    found, expected = array(nested), np.array(nested)
    assert found.dtype.kind == kind
    assert found.shape == expected.shape
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("nested", [[[1], [1, 2]], [[1], 2], [1, [2]], [[[1]], [1]], [[1], "a"]])
def test_rows_that_differ(nested: list[object]) -> None:
    with pytest.raises(Ragged):
        array(nested)


@pytest.mark.parametrize("value", ["1", True, None, {}])
def test_what_is_no_number(value: object) -> None:
    with pytest.raises(NotNumbers) as raised:
        array([[1, 2], [3, value]])
    assert raised.value.value is value


def test_numbers_beyond_64_bits() -> None:
    for big in (2**70, -(2**70), 10**400):
        with pytest.raises(TooBig):
            array([1, big])


def test_no_array_is_deeper_than_it_may_be() -> None:
    nested: list[object] = [1]
    for _ in range(20):
        nested = [nested]
    with pytest.raises(Ragged):
        array(nested)
