"""What all LightningModules here have in common: an epoch is one batch, and they optimize by themselves."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from training.runtime.lightning import LightningModule


class EpochModule(LightningModule, ABC):
    """A module whose training step is a whole epoch, or an iteration of a solver."""

    def __init__(self) -> None:
        super().__init__()
        self.automatic_optimization = False

    @abstractmethod
    def training_step(self, samples: object, batch_index: int) -> dict[str, Any]:
        """One epoch; returns what is watched by its name: {"mse": {seed: error}}, or {"cost": {λ: cost}}.

        All samples after each epoch would take long: it may be watched at some of them.
        """

    @abstractmethod
    def final_errors(self) -> dict[Any, float]:
        """What is watched, of all samples, when the training has ended."""

    def configure_optimizers(self) -> None:
        """None that Lightning knows."""

    def findings(self) -> Mapping[str, float]:
        """What the training has found out beside the network, by name."""
        return {}


class SolverModule(EpochModule):
    """A module whose training ends by itself.

    Attributes:
        stopped: why the training ended; empty before its end.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stopped = ""

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """The state dict has the rest."""
        checkpoint["stopped"] = self.stopped

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """A training that has ended takes no further iteration."""
        self.stopped = checkpoint["stopped"]
        self.trainer.should_stop = bool(self.stopped)
