"""What is kept of many trainings of the same function: all errors, all curves, and the best network."""

from collections.abc import Callable
from dataclasses import replace
from statistics import median
from typing import Generic

from training.arrays import Array
from training.models.networks import Network, evaluate
from training.regression.result import Fit, Result
from training.targets.domain import Domain


class Ensemble(Generic[Fit]):
    """Collects the results of members one by one; of all their networks it keeps the best alone.

    Args:
        curve: what is kept of each network, (n,), where anything is.
    """

    def __init__(self, curve: Callable[[Fit], Array] | None = None):
        self._curve = curve
        self._best: Result[Fit] | None = None
        self.results: list[Result[Fit]] = []
        self.curves: list[Array] = []

    @property
    def best(self) -> Result[Fit]:
        """The member with the lowest error; not all have diverged."""
        assert self._best is not None, "a training in which every member diverges raises"
        return self._best

    @property
    def finite(self) -> list[float]:
        """The errors of those that have not diverged."""
        return [result.mse for result in self.results if not result.diverged]

    def add(self, result: Result[Fit]) -> None:
        """Take in one more."""
        self.results.append(replace(result, network=None, history=()))
        if result.network is None:
            return
        if self._curve is not None:
            self.curves.append(self._curve(result.network))
        if self._best is None or result.mse < self._best.mse:
            self._best = result

    def metrics(self) -> dict[str, float]:
        """The seconds of training of all, and where there are several the median of their errors and the diverged."""
        seconds = {"seconds": sum(result.seconds for result in self.results)}
        if len(self.results) == 1:
            return seconds
        return seconds | {"mse_median": median(self.finite), "diverged": len(self.results) - len(self.finite)}

    def table(self) -> dict[str, list[float]]:
        """A line for each member."""
        return {name: [getattr(each, name) for each in self.results] for name in ("seed", "mse", "seconds")}


def on_grid(domain: Domain) -> Callable[[Network], Array]:
    """The curve of a network: its values at the points of the domain's grid."""
    x = domain.grid()
    return lambda network: evaluate(network, x, 0)[0]
