import pytest

from training.errors import InvalidParameter
from training.targets.tokens import refuse, tokenize


def test_pieces_have_one_spelling_and_their_places() -> None:
    found = tokenize("2·π − np.sin(x)^2")
    assert [token.text for token in found] == ["2", "*", "pi", "-", "sin", "(", "x", ")", "**", "2", ""]
    assert [token.kind for token in found][:4] == ["number", "*", "name", "-"]
    assert [(token.start, token.end) for token in found][2:5] == [(2, 3), (4, 5), (9, 12)]
    assert found[-1].kind == "end"


@pytest.mark.parametrize("text", ["0x1F", "1_000.5", ".5e-3", "2.", "7E+2"])
def test_a_number_is_one_piece(text: str) -> None:
    assert [token.kind for token in tokenize(text)] == ["number", "end"]


@pytest.mark.parametrize(
    ("text", "place"),
    [("x!", "column 2, '!': did you mean gamma"), ("x = x**2", "column 3, '=': did you mean x.*2 alone")],
)
def test_a_character_that_is_not_allowed_is_pointed_at(text: str, place: str) -> None:
    with pytest.raises(InvalidParameter, match=place):
        tokenize(text)


def test_what_is_refused_names_the_variables_that_are_declared() -> None:
    with pytest.raises(InvalidParameter, match=r"not an expression in a, b: why; allowed are .* the variables a, b"):
        refuse("a", "why", None, variables=["a", "b"])
