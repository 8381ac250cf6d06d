import pytest

from training.errors import InvalidParameter
from training.sweeps.variation import Variation, as_parameters, grid, variations


def test_lists_and_ranges_make_a_grid() -> None:
    found = variations("hidden;batch_size", "10,30;20:60:20")
    assert found == [Variation("hidden", ("10", "30")), Variation("batch_size", ("20", "40", "60"))]
    cells = grid(found)
    assert len(cells) == 6
    assert cells[:2] == [{"hidden": "10", "batch_size": "20"}, {"hidden": "10", "batch_size": "40"}]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("5:200:65", ("5", "70", "135", "200")),
        ("0.1:0.3:0.1", ("0.1", "0.2", "0.3")),
        ("1e-3:2.5e-3:1e-3", ("0.001", "0.002")),
        ("7:7:1", ("7",)),
    ],
)
def test_a_range_is_decimal_and_has_its_end_where_a_step_meets_it(text: str, values: tuple[str, ...]) -> None:
    assert variations("learning_rate", text)[0].values == values


@pytest.mark.parametrize(
    ("vary", "values", "reason"),
    [
        ("pionts", "5", "vary: 'pionts' cannot be varied; allowed are hidden, depth, epochs"),
        ("seed", "1,2", "vary: 'seed' cannot be varied"),
        ("", "5", "vary: '' cannot be varied"),
        ("std;std", "1;2", "vary: std stands there twice"),
        ("hidden", "", "values: expected a list A,B,… or a range LOW:HIGH:STEP .* for hidden, not ''"),
        ("hidden", "10,,30", "values: expected a list .* not '10,,30'"),
        ("hidden", "10,30,10", "values: a value of hidden stands there twice in '10,30,10'"),
        ("hidden", "200:5:5", "values: expected a range LOW:HIGH:STEP with LOW <= HIGH .* for hidden, not '200:5:5'"),
        ("hidden", "5:200:0", "values: expected a range"),
        ("hidden", "5:200", "values: expected a range"),
        ("hidden", "a:b:c", "values: expected a range"),
        ("std", "1:inf:1", "values: expected a range"),
        ("std", "1:nan:1", "values: expected a range"),
        ("hidden", "1:1e9:1", "values: 1,000,000,000 values of hidden; 10,000 are allowed"),
        ("hidden;epochs", "1:200:1;1:200:1", "values: 40,000 fits; 10,000 are allowed"),
        ("hidden;epochs", "10,30", "values: a list or range is needed for each of hidden, epochs, separated by ';'"),
    ],
)
def test_what_can_not_be_varied_is_named(vary: str, values: str, reason: str) -> None:
    with pytest.raises(InvalidParameter, match=reason):
        variations(vary, values)


@pytest.mark.parametrize(
    ("cell", "hidden"),
    [
        ({"hidden": "20"}, "20,20"),
        ({"depth": "3"}, "30,30,30"),
        ({"hidden": "20", "depth": "1"}, "20"),
        ({"hidden": "200x20"}, "200,20"),
    ],
)
def test_units_and_layers_make_hidden(cell: dict[str, str], hidden: str) -> None:
    assert as_parameters(cell | {"epochs": "3"}, (30, 30)) == {"hidden": hidden, "epochs": "3"}


def test_what_leaves_hidden_alone() -> None:
    assert as_parameters({"std": "2"}, (30, 30)) == {"std": "2"}


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ({"depth": "0"}, "values: depth is a number of layers, not '0'"),
        ({"depth": "two"}, "values: depth is a number of layers, not 'two'"),
        ({"depth": "2", "hidden": "3x4"}, "values: hidden=3x4 has a depth of its own"),
    ],
)
def test_layers_that_are_none(cell: dict[str, str], reason: str) -> None:
    with pytest.raises(InvalidParameter, match=reason):
        as_parameters(cell, (30, 30))
