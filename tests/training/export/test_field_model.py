import mlflow
import numpy as np

from tests.support.served_field import LAYERS, ROOTS, UNITS, register
from training.models.field_network import FieldNetwork, evaluate


def metadata(name: str) -> dict[str, object]:
    found = mlflow.models.get_model_info(f"models:/{name}@champion").metadata
    assert found is not None
    return dict(found)


def test_what_it_says_of_itself_and_its_example(store: str) -> None:
    register(LAYERS, "wave")
    said = metadata("wave")
    assert (said["order"], said["bands"], said["variables"], said["outputs"]) == (2, False, ["x", "y"], ["u", "v", "w"])
    example = said["example"]
    assert isinstance(example, dict)
    for name, truth in zip(
        ("value", "gradient", "hessian"), evaluate(FieldNetwork(LAYERS), np.array(example["x"]), 2), strict=True
    ):
        np.testing.assert_allclose(example[name], truth, rtol=1e-9, atol=1e-12)


def test_bands_and_orders_are_as_asked(store: str) -> None:
    register(UNITS, "noisy", order=1, roots=ROOTS)
    said = metadata("noisy")
    assert (said["order"], said["bands"]) == (1, True)
    assert isinstance(said["tolerances"], dict)
    assert said["tolerances"].keys() == {"value", "gradient", "deviation", "gradient_deviation"}
