"""What the LightningModules of all optimizers are to who runs them: members by their seeds, and what became of them."""

from abc import abstractmethod
from typing import Generic

from training.regression.result import Fit
from training.runtime.epoch_module import EpochModule


class FittingModule(EpochModule, Generic[Fit]):
    """A module that trains a member for each seed.

    Attributes:
        seeds: of the members that are still in training.
        stopped: why a solver ended.
    """

    seeds: list[int]
    stopped: str = ""

    @property
    def noise_std(self) -> float | None:
        """The standard deviation of a sample's error, where it is estimated."""
        return None

    @abstractmethod
    def network(self, seed: int) -> Fit:
        """The network of a member."""
