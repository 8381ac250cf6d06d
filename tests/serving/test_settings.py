import pytest
from pydantic import ValidationError

from serving.settings import Settings, listed


def test_the_environment_sets_what_no_argument_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DERIVABLE_PORT", "9000")
    assert (Settings().port, Settings(port=9001).port, Settings().host) == (9000, 9001, "127.0.0.1")


@pytest.mark.parametrize("name", ["api_keys", "trusted_hosts"])
@pytest.mark.parametrize("value", ["", ",", " , "])
def test_a_list_of_nothing_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"DERIVABLE_{name.upper()}", value)
    with pytest.raises(ValidationError, match="is given, and has none"):
        Settings()


def test_a_list_is_separated_by_commas() -> None:
    assert listed(" a,b , ,c") == ["a", "b", "c"]


def test_only_this_machine_by_default() -> None:
    assert Settings().host == "127.0.0.1"
