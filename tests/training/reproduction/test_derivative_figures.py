"""What the page says of figures 42 to 50, of errors that are given."""

import numpy as np
import pytest

from training.differentiation.study_networks import STUDY
from training.reproduction.derivative_figures import TrainedNetwork, shown
from training.reproduction.figures import FIGURES, Derivatives
from training.reproduction.trainings import Arrays

_NAMES = ("error", "fd_error_at_step", "fd_error", "best_step")
ERRORS = {f"{name}_d{order}": 0.5 for name in _NAMES for order in range(3)}


def arrays(*figures: int) -> Arrays:
    """What a worker has found: the figures, as files of their numbers, and errors of 0.5."""
    numbers = {name: np.array(value) for name, value in {**ERRORS, "seconds": 2.0, "mse": 0.1}.items()}
    of_function = {f"function_{name}": value for name, value in numbers.items()}
    return {**{f"figure_{n}": np.frombuffer(str(n).encode(), np.uint8) for n in figures}, **numbers, **of_function}


NETWORKS = [(STUDY[0], arrays(42, 43, 44, 45, 46)), *((each, arrays(*each.figures)) for each in STUDY[1:])]


@pytest.mark.parametrize("number", range(42, 51))
def test_a_figure_is_that_of_the_network_that_has_it(number: int) -> None:
    drawn = FIGURES[number]
    assert isinstance(drawn, Derivatives)
    found = shown(number, drawn, NETWORKS)
    assert found.png == str(number).encode()
    assert ("hidden" in found.caption) == (drawn.units is not None)
    assert drawn.units is None or f"hidden {drawn.units},{drawn.units}, " in found.caption
    assert ("finite differences" in found.measured) == (drawn.order > 0)
    assert ("the study: " in found.measured) == (drawn.study_seconds is not None)
    quantities = [] if drawn.units is None else [f"error_d{drawn.order}", "seconds"]
    assert [(row.quantity, row.runs) for row in found.rows] == [(name, 1) for name in quantities]


def test_a_task_is_named_by_its_units_and_weighs_what_its_training_takes() -> None:
    tasks = [TrainedNetwork(network, 10_001) for network in STUDY]
    assert [task.name for task in tasks] == [f"derivatives_{units}.npz" for units in (30, 200, 300, 500)]
    assert tasks[0].work < tasks[1].work < tasks[2].work
    assert TrainedNetwork(STUDY[0], 1_000).work < tasks[0].work
