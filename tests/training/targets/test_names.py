import pytest

from training.targets.names import KNOWN, is_variable, suggestion


@pytest.mark.parametrize("name", ["x", "t", "θ", "alpha", "time", "x_1"])
def test_names_of_variables(name: str) -> None:
    assert is_variable(name)


@pytest.mark.parametrize("name", ["sin", "pi", "e", "i", "relu", "lambda", "sinx", "xy", "psi_2", "nan"])
def test_names_that_are_none(name: str) -> None:
    assert not is_variable(name)


@pytest.mark.parametrize(
    ("name", "called", "meant"),
    [
        ("lg", True, "log10 or log2"),
        ("SIN", True, "sin"),
        ("sinx", False, "sin(x)"),
        ("pix", False, "pi*x"),
        ("x2", False, "x*2 or x**2"),
        ("xy", False, "x*y"),
        ("cosine", True, "cos"),
        ("gausian", False, "gaussian"),
        ("j", False, "a real function: there are no complex numbers"),
        ("zzqwv", True, ""),
    ],
)
def test_what_was_probably_meant(name: str, called: bool, meant: str) -> None:
    assert suggestion(name, called) == meant


def test_other_spellings_lead_to_what_is_known() -> None:
    assert (KNOWN["arcsin"], KNOWN["ln"], KNOWN["fabs"], KNOWN["tg"]) == ("asin", "log", "abs", "tan")
    assert set(KNOWN.values()) <= KNOWN.keys()
