from types import SimpleNamespace
from typing import Any

from training.runtime.epoch_module import SolverModule


class Solver(SolverModule):
    """One that does nothing."""

    def training_step(self, samples: object, batch_index: int) -> dict[str, Any]:
        return {}

    def final_errors(self) -> dict[Any, float]:
        return {}


def test_why_a_solver_has_stopped_is_in_its_checkpoint() -> None:
    solver, checkpoint = Solver(), dict[str, Any]()
    assert not solver.automatic_optimization
    assert (solver.stopped, solver.findings()) == ("", {})
    solver.stopped = "converged"
    solver.on_save_checkpoint(checkpoint)
    other = Solver()
    trainer: Any = SimpleNamespace(should_stop=False)
    other._trainer = trainer
    other._jit_is_scripting = False
    other.on_load_checkpoint(checkpoint)
    assert other.stopped == "converged"
    assert trainer.should_stop
