import pytest

from training.data.tables import Given
from training.errors import InvalidParameter
from training.regression.config import FitConfig


@pytest.mark.parametrize(
    ("argument", "given"),
    [
        ("separator=;", Given(separator=";")),
        ("separator=semicolon", Given(separator=";")),
        ("separator=tab", Given(separator="\t")),
        ("separator=blanks", Given(separator=" ")),
        ("decimal=,", Given(decimal=",")),
        ("thousands=blank", Given(thousands=" ")),
        ("thousands=,", Given(thousands=",")),
        ("encoding=latin-1", Given(encoding="latin-1")),
        ("comment=//", Given(comment="//")),
        ("skip_lines=3", Given(skip_lines=3)),
        ("header=false", Given(header=False)),
        ("dates=day_first", Given(dates="day_first")),
        ("sheet=Run 2", Given(sheet="Run 2")),
    ],
)
def test_what_is_given(argument: str, given: Given) -> None:
    config = FitConfig.parse(["--data=m.csv", f"--{argument}"])
    assert config.given == given
    assert FitConfig.parse(config.as_arguments()) == config
    with pytest.raises(InvalidParameter, match=f"{argument.split('=')[0]}: only data have it"):
        FitConfig.parse([f"--{argument}"])


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("separator=ab", "separator: expected comma, semicolon, tab, blanks, bar or another character, not 'ab'"),
        ("separator=1", "separator: expected comma"),
        ('separator="', "separator: expected comma"),
        ("decimal=;", "decimal: Input should be"),
        (
            "encoding=klingon",
            "encoding: expected an encoding of text such as utf-8, utf-16, cp1252 or latin-1, not 'klingon'",
        ),
        ("encoding=base64", "encoding: expected an encoding of text"),
        ("skip_lines=-1", "skip_lines: Input should be greater than or equal to 0"),
        ("dates=auto", "dates: Input should be 'day_first' or 'month_first', not 'auto'"),
    ],
)
def test_what_is_not_allowed(argument: str, message: str) -> None:
    with pytest.raises(InvalidParameter, match=message):
        FitConfig.parse(["--data=m.csv", f"--{argument}"])


def test_nothing_is_given_unless_it_is() -> None:
    assert FitConfig().given == Given()
    assert FitConfig().form_given == []
