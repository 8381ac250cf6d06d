import pytest

from training.targets.domain import Domain
from training.targets.expressions import parse
from training.targets.kinks import kink_warnings, kinks


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("abs(x-0.25)", [(0.25, 1)]),
        ("sign(x)+heaviside(x-1)", [(0.0, 0), (1.0, 0)]),
        ("max(x, 0)**2", [(0.0, 2)]),
        ("max(x, 0)**6", [(0.0, None)]),
        ("abs(x)", [(0.0, 1)]),
        ("min(x, 1, -x)", [(0.0, 1)]),
        ("sin(x)", []),
    ],
)
def test_places_and_the_orders_that_jump_there(text: str, places: list[tuple[float, int | None]]) -> None:
    found = [kink for kink in kinks(parse(text), Domain(-2.0, 2.0)) if kink.order is not None or places[0][1] is None]
    orders = {round(kink.place, 12) + 0.0: kink.order for kink in found}
    for place, order in places:
        assert orders[place] == order
    assert all(kink.low <= kink.place <= kink.high for kink in found)
    assert bool(found) == bool(places)


def test_only_those_inside_the_domain_are_told_and_a_few_of_many() -> None:
    assert kink_warnings(parse("abs(x-3)"), Domain(-2.0, 2.0)) == []
    (told,) = kink_warnings(parse("abs(sin(pi*x))"), Domain(0.5, 9.5))
    assert told.startswith("abs(sin(pi*x)) has a kink (its derivative jumps) at x = 1, 2, 3, 4, 5 and at 4 more places")
