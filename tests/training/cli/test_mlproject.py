import pytest
import yaml

from tests.support.environment import ROOT
from training.cli.mlproject import ENTRY_POINTS, declared, mlproject


def test_the_file_is_what_would_be_written() -> None:
    assert (ROOT / "MLproject").read_text() == mlproject()


@pytest.mark.parametrize("name", ENTRY_POINTS)
def test_every_declared_parameter_is_passed_on_with_its_default(name: str) -> None:
    entry, config = yaml.safe_load(mlproject())["entry_points"][name], ENTRY_POINTS[name]
    assert entry["parameters"].keys() == declared(config).keys()
    for parameter, said in entry["parameters"].items():
        assert f"--{parameter}={{{parameter}}}" in entry["command"].split()
        given = config.parse([f"--{parameter}={said['default']}"])
        assert getattr(given, parameter) == config.model_fields[parameter].default
