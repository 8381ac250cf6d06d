import pytest

from training.errors import InvalidParameter
from training.parameters.registration import Registration, slug


class Registered(Registration):
    module = "training.fit"


def test_a_name_is_given_found_or_none() -> None:
    assert Registered.parse([]).name_in_registry("psi_3") == "psi_3"
    assert Registered.parse(["--register_as=mine"]).name_in_registry("psi_3") == "mine"
    assert Registered.parse(["--register_as=none"]).name_in_registry("psi_3") is None
    with pytest.raises(InvalidParameter, match="register_as"):
        Registered.parse(["--register_as=a/b"])


def test_other_letters_give_way_and_digits_tell_names_apart() -> None:
    first, second = slug("exp(-x**2)"), slug("exp(-x)**2")
    assert first.startswith("exp_x_2-")
    assert first != second
    assert slug("plain_name-1") == "plain_name-1"
    assert len(slug("x" * 500)) <= 64
