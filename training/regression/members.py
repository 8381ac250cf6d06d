"""What is kept of many trainings of the same function: all errors, all curves, and the best network."""

from math import isfinite
from statistics import median

from training.models.networks import Array, evaluate
from training.regression.trainer import Member
from training.targets.domain import Domain


class Members:
    """Collects members one by one; of all their networks it keeps the best alone."""

    def __init__(self, domain: Domain):
        self._x = domain.grid()
        self._seeds: list[int] = []
        self._seconds: list[float] = []
        self._best: Member | None = None
        self.errors: list[float] = []
        self.curves: list[Array] = []

    @property
    def best(self) -> Member:
        """The member with the lowest error; not all have diverged."""
        assert self._best is not None, "a training in which every member diverges raises"
        return self._best

    def add(self, member: Member) -> None:
        """Take in one more."""
        self._seeds.append(member.seed)
        self._seconds.append(member.seconds)
        self.errors.append(member.mse)
        if member.network is None:
            return
        self.curves.append(evaluate(member.network, self._x, 0)[0])
        if self._best is None or member.mse < self._best.mse:
            self._best = member

    def metrics(self) -> dict[str, float]:
        """The seconds of training of all, and where there are several the median of their errors and the diverged."""
        seconds = {"seconds": sum(self._seconds)}
        if len(self._seeds) == 1:
            return seconds
        finite = [error for error in self.errors if isfinite(error)]
        return seconds | {"mse_median": median(finite), "diverged": len(self.errors) - len(finite)}

    def table(self) -> dict[str, list[float]]:
        """A line for each member, the error NaN where it diverged."""
        return {"seed": list(self._seeds), "mse": self.errors, "seconds": self._seconds}
