import json
from pathlib import Path

import numpy as np

from tests.support.pictures import digits
from training.regression import field_sampling
from training.regression.config import FitConfig
from training.regression.sampling import sample
from training.tracking import dataset_input


def test_a_function_and_its_samples() -> None:
    config = FitConfig(target="psi_2", points=50)
    found = dataset_input.of_samples(config, sample(config, config.seed))
    assert (found.name, found.source_type) == ("psi_2", "code")
    assert json.loads(found.source) == {"function": "psi_2"}
    assert json.loads(found.profile or "") == {"num_rows": 50, "held_out": 0}
    other = config.model_copy(update={"points": 51})
    assert dataset_input.of_samples(other, sample(other, other.seed)).digest != found.digest


def test_a_file_is_known_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    x = np.linspace(0, 1, 40)
    np.savetxt(path, np.column_stack([x, x**2, 0.1 + x]), delimiter=",", header="x,y,sigma", comments="")
    config = FitConfig(data=path, error_column="sigma")
    samples = sample(config, config.seed)
    found = dataset_input.of_samples(config, samples)
    assert (found.name, found.source_type) == ("data.csv y", "local")
    assert json.loads(found.source) == {"uri": str(path), "sha256": samples.digest}
    assert [column["name"] for column in json.loads(found.schema or "")["mlflow_colspec"]] == ["x", "y", "sigma"]
    assert json.loads(found.profile or "") == {"num_rows": 40, "held_out": 4}


def test_several_variables_and_pictures() -> None:
    config = FitConfig.parse(["--target=x*y", "--domain=x:0,1; y:0,2", "--points=64"])
    found = dataset_input.of_field(config, field_sampling.sample(config, config.seed))
    assert [column["name"] for column in json.loads(found.schema or "")["mlflow_colspec"]] == ["x", "y", "x*y"]
    pictures = digits(30, 10)
    found = dataset_input.of_pictures(pictures, "test")
    assert found.name.endswith(" test")
    assert json.loads(found.profile or "") == {"num_rows": 10, "classes": 10}
