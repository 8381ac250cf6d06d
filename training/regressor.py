"""The LightningModule that fits a network to samples."""

import numpy as np
import torch
from pytorch_lightning import LightningModule
from torch import Tensor
from torch.nn.functional import mse_loss

from training.config import FitConfig
from training.errors import TrainingDiverged
from training.networks import Network, Scaling

Samples = tuple[Tensor, Tensor]


class Regressor(LightningModule):
    """Fits a network to samples (x (n,), y (n,)) by mean squared error.

    One Lightning batch is a whole epoch, whose steps are taken here: Lightning's own work per batch would
    otherwise cost many times the arithmetic of a step.
    """

    def __init__(self, config: FitConfig, scaling: Scaling):
        super().__init__()
        self.automatic_optimization = False
        self.config = config
        generator = torch.Generator().manual_seed(config.seed)
        network = Network(config.hidden, config.activation, scaling, generator)
        self.network = network.to(getattr(torch, config.dtype))

    def training_step(self, samples: Samples, batch_index: int) -> dict[str, Tensor]:
        """One epoch over the samples in a new order; returns the mean squared error at its end."""
        x, y = samples
        optimizer = self.optimizers(use_pl_optimizer=False)
        assert isinstance(optimizer, torch.optim.Optimizer)
        for batch in self.batches(len(x)):
            optimizer.zero_grad()
            self.manual_backward(self.loss(x[batch], y[batch]))
            optimizer.step()
        with torch.no_grad():
            mse = mse_loss(self.network(x)[0], y)
        if not torch.isfinite(mse):
            raise TrainingDiverged(
                f"the loss became {mse} in epoch {self.current_epoch + 1}: "
                f"try a learning_rate below {self.config.learning_rate:g}"
            )
        return {"mse": mse}

    def batches(self, count: int) -> tuple[Tensor, ...]:
        """Indices of this epoch's batches; from seed and epoch alone, so that a resumed run repeats them."""
        (mixed,) = np.random.SeedSequence([self.config.seed, self.current_epoch]).generate_state(1, np.uint64)
        generator = torch.Generator().manual_seed(int(mixed))
        return torch.split(torch.randperm(count, generator=generator), self.config.batch_size)

    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        """The mean squared error in units of the samples' variance."""
        return mse_loss(self.network(x)[0], y) / self.network.scaling.y_scale**2

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Adam or plain gradient descent; weight decay is L2 on the weights, not on the biases."""
        groups = [
            {"params": list(self.network.weights), "weight_decay": self.config.weight_decay},
            {"params": list(self.network.biases), "weight_decay": 0.0},
        ]
        if self.config.optimizer == "sgd":
            return torch.optim.SGD(groups, lr=self.config.learning_rate)
        return torch.optim.Adam(groups, lr=self.config.learning_rate)
