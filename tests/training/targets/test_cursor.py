"""Places at which a parser stops, by what is refused there; tests/training/targets/test_parser.py has many more."""

import pytest

from training.errors import InvalidParameter
from training.targets.cursor import Cursor
from training.targets.parser import parse_tree


def test_it_takes_what_is_accepted_and_stays_else() -> None:
    cursor = Cursor("x + 1")
    assert cursor._take().text == "x"
    assert not cursor._accept("-")
    assert cursor._accept("+")
    assert cursor._next.text == "1"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1/2x", r"a product without \* behind a / can be read in two ways; .*, 'x': did you mean /\(2\*x\)"),
        ("x+", "an operand is missing at its end"),
        ("x+*2", r"an operand is missing before '\*'"),
        ("1,5*x", "a comma stands between arguments alone; .*did you mean 1.5"),
        ("x)", r"\) is not opened"),
        ("sin x y", ".*"),
        ("sin", r"the name 'sin' needs an argument in \( \); .*sin\(x\)"),
    ],
)
def test_each_refusal_has_its_place_and_its_advice(text: str, reason: str) -> None:
    with pytest.raises(InvalidParameter, match=reason):
        parse_tree(text)
