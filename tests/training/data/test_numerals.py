import numpy as np
import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.data.numerals import Evidence, Notation, is_missing, is_number, to_float
from training.errors import InvalidParameter

POINT, COMMA = Notation("."), Notation(",")


@given(st.floats(allow_nan=False))
def test_numbers_of_python_s_own_keep_every_bit(value: float) -> None:
    found = to_float(pyarrow.array([repr(value)]), POINT)
    expected = value if np.isfinite(value) else np.nan
    assert found.tobytes() == np.array([expected]).tobytes()


@pytest.mark.parametrize(
    ("text", "notation", "value"),
    [
        ("+1.5", POINT, 1.5),
        (" .5 ", POINT, 0.5),
        ("5.", POINT, 5),
        ("1,5", COMMA, 1.5),
        (",5", COMMA, 0.5),
        ("1,5E+03", COMMA, 1500),
        ("9.76D+01", POINT, 97.6),
        ("-9,76d-1", COMMA, -0.976),
        ("1.5-103", POINT, 1.5e-103),
        ("\u22121.5", POINT, -1.5),
        ("\u20131,5e\u22122", COMMA, -0.015),
        ("1,171.5", Notation(".", ","), 1171.5),
        ("1,234,567", Notation(".", ","), 1234567),
        ("1.234.567,5", Notation(",", "."), 1234567.5),
        ("1 234,5", Notation(",", " "), 1234.5),
        ("1\u00a0234\u202f567,5", Notation(",", " "), 1234567.5),
        ("1\u2019234.5", Notation(".", "'"), 1234.5),
        *((text, Notation(".", ","), np.nan) for text in ("1,5", "12,34", "1234,567", ",123", "1,234,5", "1.5,000")),
        *(
            (text, POINT, np.nan)
            for text in ("", "-", "x", "1_0", "0x1", "1e", "e5", "1 2", "\u0661", "nan", "inf", "5%")
        ),
        ("1.5", COMMA, np.nan),
    ],
)
def test_numbers_as_people_write_them(text: str, notation: Notation, value: float) -> None:
    np.testing.assert_array_equal(to_float(pyarrow.array(["7", text]), notation), [7, value])


@pytest.mark.parametrize("text", ["1", "-1.5", "1,5", "1,234.5", "1'234", "1.5D+3", "\u22125", ".5"])
def test_what_is_a_number(text: str) -> None:
    assert is_number(text)
    assert not is_missing(text)


@pytest.mark.parametrize("text", ["", "NA", "n.a.", "NaN", "-", "#N/A", "null", "  "])
def test_what_is_missing(text: str) -> None:
    assert is_missing(text)
    assert not is_number(text)


@pytest.mark.parametrize(
    ("texts", "notation"),
    [
        (["1", "2"], Notation(".")),
        (["1.5"], Notation(".", ",")),
        (["1.234"], Notation(".")),
        (["1,5"], Notation(",", ".")),
        (["0,234"], Notation(",", ".")),
        (["1,234", "5.5"], Notation(".", ",")),
        (["1.234", "5,5"], Notation(",", ".")),
        (["1,234", "1,234,567"], Notation(".", ",")),
        (["1,234e3"], Notation(",", ".")),
        (["1 234,5"], Notation(",", " ")),
        (["1.5"] * 50 + ["1,5"], Notation(".", ",")),
    ],
)
def test_the_notation_that_numbers_tell(texts: list[str], notation: Notation) -> None:
    evidence = Evidence()
    evidence.add(pyarrow.array(texts))
    assert evidence.notation(None, None) == notation


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["1,234", "12", "999,000"], "decimal: 1,234 can be 1.234 or 1234, and no other number tells which"),
        (["1,234", "1.234"], "decimal: 1,234 can be 1.234 or 1234"),
        (["1.5", "1,5"], r"decimal: numbers with decimal points \(1.5\) and with decimal commas \(1,5\) are mixed"),
    ],
)
def test_what_can_be_read_in_two_ways(texts: list[str], message: str) -> None:
    evidence = Evidence()
    evidence.add(pyarrow.array(texts))
    with pytest.raises(InvalidParameter, match=message):
        evidence.notation(None, None)
    assert evidence.notation(",", None).decimal == ","
    assert evidence.notation(None, ",") == Notation(".", ",")


def test_one_number_among_many_tells() -> None:
    evidence = Evidence()
    evidence.add(pyarrow.array(["1,234"] * 5_000 + ["1,23"]))
    assert evidence.notation(None, None).decimal == ","
