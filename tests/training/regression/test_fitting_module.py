from pkgutil import resolve_name
from typing import Any

from training.regression.fitting_module import FittingModule
from training.regression.methods import METHODS


class Constant(FittingModule[float]):
    """Whose fit is its seed."""

    def __init__(self) -> None:
        super().__init__()
        self.seeds = [3]

    def training_step(self, samples: object, batch_index: int) -> dict[str, Any]:
        return {"mse": self.final_errors()}

    def final_errors(self) -> dict[int, float]:
        return dict.fromkeys(self.seeds, 0.0)

    def network(self, seed: int) -> float:
        return float(seed)


def test_who_estimates_no_noise_and_has_no_reason_to_stop_says_so() -> None:
    module = Constant()
    assert (module.noise_std, module.stopped, dict(module.findings())) == (None, "", {})
    assert module.network(3) == 3
    assert not module.automatic_optimization


def test_every_method_trains_by_one() -> None:
    for method in METHODS.values():
        paths = (method.module, method.field_module, method.shaped_field_module)
        for path in filter(None, paths):
            assert issubclass(resolve_name(path), FittingModule), path
