"""The optimizers, one row each: what each can do, its defaults, and what trains by it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

Optimizer = Literal["adaptive", "adam", "sgd", "varpro", "lm", "lbfgs", "evidence"]


@dataclass(frozen=True)
class Method:
    """An optimizer by its capabilities and defaults.

    Attributes:
        name: that a user gives.
        module: the LightningModule that trains by it, as package.module:Class, imported by who trains.
        solver: what makes its iterations, likewise, where the module leaves these to a solver.
        field_module: what trains networks of several variables with as many units as are needed, likewise; empty where
            nothing does.
        shaped_field_module: what trains those of a given shape.
        hidden: units of the hidden layers, by default; none where it finds them.
        epochs: by default; None where they follow from the units.
        batch_size: by default, where it takes steps.
        takes_steps: it has batch_size, learning_rate and weight_decay, can do with float32 and without standardising,
            and trains many seeds together.
        takes_units: of how many, and of which activation, may be given.
        finds_units: as many as are needed (hidden=auto).
        takes_weights: samples may have standard errors, and derivatives of their own.
        samples_anywhere: it asks a function for samples where it needs them.
        estimates_noise: samples may be noisy, in every way that `noise` names, and repeat after a `period`.
    """

    name: Optimizer
    module: str
    solver: str = ""
    field_module: str = ""
    shaped_field_module: str = ""
    hidden: tuple[int, ...] = (30, 30)
    epochs: int | None = None
    batch_size: int | None = None
    takes_steps: bool = False
    takes_units: bool = True
    finds_units: bool = False
    takes_weights: bool = False
    samples_anywhere: bool = False
    estimates_noise: bool = False


_FREE = "training.regression.field_regressor:FieldRegressor"
_SHAPED = "training.regression.field_solver_regressor:FieldSolverRegressor"


def _by_steps(name: Optimizer) -> Method:
    module, of_fields = "regressor:Regressor", "field_step_regressor:FieldStepRegressor"
    return Method(
        name,
        f"training.regression.{module}",
        shaped_field_module=f"training.regression.{of_fields}",
        epochs=15,
        batch_size=100,
        takes_steps=True,
    )


def _by_solver(name: Optimizer, path: str, epochs: int | None = None, free: str = "", shaped: str = "") -> Method:
    module = "training.regression.solver_regressor:SolverRegressor"
    solver = f"training.solvers.iterative:{path}"
    return Method(name, module, solver, free, shaped, epochs=epochs, takes_weights=True)


_ALL = (
    # As many units as the function needs, found in rounds.
    Method(
        "adaptive",
        "training.regression.adaptive_regressor:AdaptiveRegressor",
        field_module=_FREE,
        hidden=(),
        epochs=8,
        takes_units=False,
        finds_units=True,
        samples_anywhere=True,
    ),
    _by_steps("adam"),
    _by_steps("sgd"),
    _by_solver("varpro", "Varpro", free=_FREE, shaped=_SHAPED),
    _by_solver("lm", "LevenbergMarquardt", shaped=_SHAPED),
    _by_solver("lbfgs", "Lbfgs", epochs=2_000),
    # As many units as the data show, in one iteration.
    Method(
        "evidence",
        "training.regression.solver_regressor:SolverRegressor",
        "training.evidence.choice:by_evidence",
        field_module=_FREE,
        hidden=(),
        epochs=1,
        finds_units=True,
        takes_weights=True,
        estimates_noise=True,
    ),
)
METHODS: Mapping[str, Method] = {method.name: method for method in _ALL}


def those(can: Callable[[Method], bool]) -> str:
    """The names of the optimizers that can do something, in words."""
    *others, last = (name for name, method in METHODS.items() if can(method))
    return f"{', '.join(others)} and {last}"
