from pathlib import Path
from typing import Any

import pytest

from training.data.box import Box
from training.data.tables import Columns
from training.regression.config import FitConfig
from training.regression.sampling_config import STUDY_DOMAIN, split_names
from training.targets.domain import Domain


def config(**given: Any) -> FitConfig:
    return FitConfig.model_validate(given)


def test_without_parameters_it_is_the_study_s_gaussian() -> None:
    found = config()
    assert (found.fitted, found.subject, found.variable) == ("gaussian", "gaussian", "x")
    assert found.interval == STUDY_DOMAIN == Domain(-5, 5)
    assert (found.points, found.variables, found.is_expression) == (10_001, (), False)


def test_data_have_no_target_and_no_domain_unless_given() -> None:
    found = config(data="measured.csv", y_column="current")
    assert (found.target, found.domain, found.function) == (None, None, None)
    assert (found.fitted, found.subject, found.outputs) == ("measured.csv", "measured.csv current", ("current",))
    assert found.columns == Columns("x", "current")
    assert config(data="a.csv", target="sin(x)", domain="0,1").interval == Domain(0, 1)


def test_several_variables_come_from_the_domain_or_from_the_columns() -> None:
    function = config(target="sin(a)*b; a", domain="a:0,1; b:-1,2")
    assert isinstance(function.domain, Box)
    assert (function.variables, function.interval, function.outputs) == (("a", "b"), None, ("sin(a)*b", "a"))
    data = config(data="a.csv", x_column="a, b", y_column="u,v", match_derivatives=1, error_column=None)
    assert (data.variables, data.outputs) == (("a", "b"), ("u", "v"))
    assert data.columns == Columns("a", "u", None, ("du/da", "du/db", "dv/da", "dv/db"), ("b",), ("v",))


def test_columns_of_derivatives_are_those_that_are_asked_for() -> None:
    for order, expected in enumerate([(), ("dy",), ("dy", "d2y")]):
        assert config(data="a.csv", match_derivatives=order, optimizer="varpro").columns.derivatives == expected


def test_an_expression_has_its_own_variable() -> None:
    found = config(target="exp(-t)", domain="0,3")
    assert (found.variable, found.is_expression, found.fitted) == ("t", True, "exp(-t)")


@pytest.mark.parametrize("text", ["1", "1,2,3", "2,1", "1,1", "0,inf", "-1e308,1e308", "a,b", ""])
def test_a_domain_is_two_finite_numbers_in_order(text: str) -> None:
    with pytest.raises(Exception, match="expected LOW,HIGH with LOW < HIGH, both finite"):
        config(domain=text)


def test_a_single_variable_has_no_name_in_the_domain() -> None:
    with pytest.raises(Exception, match="expected LOW,HIGH for a single variable"):
        config(domain="x:0,1")


def test_names_are_split_at_commas() -> None:
    assert split_names("a, b ,c") == ("a", "b", "c")
    assert config(data=Path("a.csv")).columns.x == "x"
