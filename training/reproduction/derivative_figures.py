"""Figures 42 to 50, by what the entry point `derivatives` has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from training.differentiation.config import DerivativesConfig
from training.differentiation.finite_differences import Errors
from training.differentiation.study_networks import StudyNetwork, best_of, numbered, with_network
from training.plotting.plots import ORDERS
from training.regression.sampling import sample
from training.regression.trainer import single_thread
from training.reproduction.drawings import Row, Shown, png
from training.reproduction.figures import Derivatives
from training.reproduction.statistics import Spread
from training.reproduction.statistics import number as told
from training.reproduction.trainings import Arrays, operations
from training.runtime import checkpoints

# Fewer than the entry point's, whose curve of errors needs more: the best of them is near the best.
_STEPS = (1e-3, 1.0, 7)

# Each with what its worker has found.
Networks = Sequence[tuple[StudyNetwork, Arrays]]


@dataclass(frozen=True)
class TrainedNetwork:
    """A network that is trained on so many points, as a task."""

    network: StudyNetwork
    points: int
    timed = False

    @property
    def name(self) -> str:
        """The name of the file with its results: no two networks have the same units."""
        return f"derivatives_{self.network.units}.npz"

    @property
    def work(self) -> float:
        """The operations of its training."""
        n = self.network
        return operations((1, n.units, n.units, 1), self.points, n.batch_size, n.epochs)

    def do(self) -> Arrays:
        """Train it and draw its figures.

        Returns the PNG files by name, and its errors: error_d0 … of the exact derivatives, fd_error_dk at the best step
        and fd_error_at_step_dk at that of the samples, with `function_` before them those of the function.
        """
        config = DerivativesConfig.parse(["--figures=study", f"--points={self.points}"])
        samples = sample(config, config.seed)
        config = config.model_copy(update={"steps": _STEPS}).resolved(samples)
        trained = with_network(config, self.network)
        with checkpoints.resumable(trained, samples.digest) as folder, single_thread():
            best = best_of(trained, samples, folder)
            errors = Errors.of(config.comparison(best.fit, samples.domain))
        drawn = {name: figure for name, figure in numbered(self.network, errors).items() if name.startswith("figure_")}
        measured = errors.metrics() | {f"error_d{order}": error for order, error in errors.exact.items()}
        return {
            **{name: np.frombuffer(png(figure), np.uint8) for name, figure in drawn.items()},
            **{name: np.array(value) for name, value in measured.items()},
            "seconds": np.array(best.seconds),
            "mse": np.array(best.mse),
        }


def shown(number: int, drawn: Derivatives, networks: Networks) -> Shown:
    """A figure of the table, from what its network's worker has found."""
    name = f"figure_{number}"
    network, arrays = next(found for found in networks if name in found[1])
    errors = {name: float(value) for name, value in arrays.items() if value.ndim == 0}
    what = f"{ORDERS[drawn.order]} of the function"
    if drawn.units is None:
        caption = f"{what} by finite differences, and exact."
        return Shown(arrays[name].tobytes(), caption, _differences("function_", drawn.order, errors), [])
    setting = f"hidden {network.units},{network.units}, {network.epochs} epochs, batch {network.batch_size}"
    found = _differences("", drawn.order, errors) if drawn.order else "relative L2 error of the fit"
    measured = f"{found}{_exact(drawn.order, errors)}; trained in {told(errors['seconds'])} s"
    if drawn.study_seconds:
        measured += f" (the study: {drawn.study_seconds:g} s)"
    return Shown(arrays[name].tobytes(), f"{what} and its fit: {setting}.", measured, _rows(drawn, errors))


def _differences(prefix: str, order: int, errors: Mapping[str, float]) -> str:
    at_samples, best, step = (
        errors[f"{prefix}{key}_d{order}"] for key in ("fd_error_at_step", "fd_error", "best_step")
    )
    return (
        f"relative L2 errors: finite differences {told(at_samples)} with the distance of the samples as step, "
        f"{told(best)} with the best step, {told(step)}"
    )


def _exact(order: int, errors: Mapping[str, float]) -> str:
    return f", exact {told(errors[f'error_d{order}'])}" if order else f" {told(errors['error_d0'])}"


def _rows(drawn: Derivatives, errors: Mapping[str, float]) -> list[Row]:
    measured = {f"error_d{drawn.order}": errors[f"error_d{drawn.order}"], "seconds": errors["seconds"]}
    return [Row(None, quantity, 1, Spread.of([value]), None) for quantity, value in measured.items()]
