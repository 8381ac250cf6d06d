"""The LightningModule of the convolutional network, for one strength of L2."""

import copy
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from training.classification.config import ClassifyConfig
from training.classification.convolutional.architecture import Block, ConvolutionalNetwork, Plan
from training.classification.convolutional.batches import Batch, generator
from training.classification.convolutional.distortion import distortion_of
from training.classification.pictures import PictureSet
from training.errors import TrainingDiverged
from training.runtime.lightning import LightningModule

# Of the probability that a picture's label gets in training; the rest is shared: a network that need not be certain of
# what is drawn badly classifies more rightly.
_SMOOTHING = 0.1
_MOMENTUM = 0.9
# The learning rate rises over this part of the training, from this part of itself, and falls to nothing over the rest.
RISING, _FIRST = 0.2, 0.04
# What is judged and kept is a mean of the weights over about this part of an epoch.
_AVERAGED = 0.5
# Pictures from which mean and deviation of all pixels are taken.
_MEASURED = 5_000


class ConvolutionalClassifier(LightningModule):
    """Trains a convolutional network, and keeps a moving average of it, which is what it has learned.

    Attributes:
        mean, scale: of each channel over the training pictures: what the network sees is (pixels - mean) scale.
        network: as it is trained.
        average: the moving average of its weights.
    """

    mean: Tensor
    scale: Tensor
    cost: Tensor

    def __init__(self, config: ClassifyConfig, pictures: PictureSet, steps: int):
        super().__init__()
        self.config, (self._strength,) = config, config.l2_lambda
        self._steps = steps
        mean, scale = standardisation(pictures)
        self.register_buffer("mean", mean)
        self.register_buffer("scale", scale)
        plan = Plan.of(pictures.shape, config.hidden)
        # Beside each other in memory are the channels of a pixel: convolutions on a CPU take two thirds of the time.
        self.network = ConvolutionalNetwork(plan, len(pictures.classes), config.dropout).to(
            memory_format=torch.channels_last  # type: ignore[call-overload]
        )
        self.average = copy.deepcopy(self.network).requires_grad_(False)
        self.distortion = distortion_of(pictures) if config.augment else None
        self.register_buffer("cost", torch.zeros(()))

    @property
    def decay(self) -> float:
        """The factor of the half sum of squared weights in the loss of a batch, as in the study's steps."""
        return self._strength / self.config.batch_size

    def forward(self, pixels: Tensor) -> Tensor:
        """The logits (n, classes) of what was learned."""
        logits: Tensor = self.average(self.standardised(pixels))
        return logits

    def standardised(self, pixels: Tensor) -> Tensor:
        """Pictures (n, channels, height, width) as the network sees them."""
        return ((pixels.float() - self.mean) * self.scale).contiguous(memory_format=torch.channels_last)

    def on_train_epoch_start(self) -> None:
        """Begin a cost."""
        self.cost.zero_()

    def training_step(self, batch: Batch, index: int) -> Tensor:
        """The loss of a batch; what is drawn for it follows from seed, epoch and batch."""
        pixels, labels = batch
        u, drawn = self.standardised(pixels), generator(self.config.seed, self.current_epoch, index)
        if self.distortion:
            u = self.distortion(u, drawn)
        if self.config.dropout:
            # By the generator of all: Lightning draws from it too, at times that depend on where it resumed.
            torch.manual_seed(drawn.initial_seed())
        loss = cross_entropy(self.network(u).float(), labels, label_smoothing=_SMOOTHING)
        self.cost += loss.detach() * len(labels)
        return loss

    def on_train_batch_end(self, outputs: Any, batch: Batch, index: int) -> None:
        """Move the average: as far as the step counts among those that it is over."""
        among = min(max(1.0, _AVERAGED * self._steps), 1 + self.global_step / 2)
        averaged, trained = ([*one.parameters(), *one.buffers()] for one in (self.average, self.network))
        with torch.no_grad():
            for old, new in zip(averaged, trained, strict=True):
                if old.is_floating_point():
                    old.lerp_(new.detach(), 1 / among)

    def on_train_epoch_end(self) -> None:
        """Stop where the cost is no number.

        Raises:
            TrainingDiverged: it is not.
        """
        if not bool(torch.isfinite(self.cost)):
            raise TrainingDiverged(
                f"the cost became {float(self.cost)} in epoch {self.current_epoch + 1}: "
                f"try a learning_rate below {self.config.learning_rate:g}"
            )

    def epoch_cost(self, pictures: int) -> float:
        """The mean loss over an epoch of so many pictures, L2 included."""
        squares = sum(float((weights.detach().double() ** 2).sum()) for weights in weights_of(self.network))
        return float(self.cost) / pictures + self.decay * squares / 2

    def validation_step(self, batch: Batch, index: int) -> None:
        pixels, labels = batch
        logits = self(pixels).float()
        right = (logits.argmax(1) == labels).float().mean()
        kept = {"on_step": False, "on_epoch": True, "batch_size": len(labels)}
        loss = cross_entropy(logits, labels, label_smoothing=_SMOOTHING)
        self.log("validation_loss", loss, **kept)  # type: ignore[arg-type]
        self.log("validation_accuracy", right, **kept)  # type: ignore[arg-type]

    def configure_optimizers(self) -> Any:
        """L2 on the weights alone: on shifts and biases it would only be in the way."""
        weights = weights_of(self.network)
        known = {id(weight) for weight in weights}
        others = [each for each in self.network.parameters() if each.requires_grad and id(each) not in known]
        groups = [{"params": weights, "weight_decay": self.decay}, {"params": others, "weight_decay": 0.0}]
        rate = self.config.learning_rate
        optimizer: torch.optim.Optimizer
        if self.config.optimizer == "adam":
            optimizer = torch.optim.AdamW(groups, rate)
        else:
            optimizer = torch.optim.SGD(groups, rate, momentum=_MOMENTUM, nesterov=True)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, self._rate)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _rate(self, step: int) -> float:
        """The part of the learning rate for a step."""
        done = (step + 1) / (self._steps * self.config.epochs + 1)
        return max(_FIRST, done / RISING) if done < RISING else (1 - done) / (1 - RISING)


def weights_of(network: ConvolutionalNetwork) -> list[Tensor]:
    """The weights of each layer, without biases and norms."""
    layers = [block.convolution for block in network.blocks if isinstance(block, Block)]
    return [*(layer.weight for layer in layers), network.last.weight]


def standardisation(pictures: PictureSet) -> tuple[Tensor, Tensor]:
    """Mean and the inverse of the deviation of each channel over the training pictures, (channels, 1, 1) each."""
    pixels = pictures.train.pixels
    some = pixels[:: -(-len(pixels) // _MEASURED)].reshape(-1, 3 if len(pictures.shape) == 3 else 1)
    # By how often each value is there: of large pictures all pixels in float64 would take gigabytes.
    parts = torch.from_numpy(np.stack([np.bincount(channel, minlength=256) for channel in some.T]) / len(some))
    values = torch.arange(256, dtype=torch.float64)
    mean = parts @ values
    deviation = torch.sqrt((parts * (values - mean[:, None]) ** 2).sum(1))
    # Pictures of one colour: there is nothing to see, and nothing to divide by.
    scale = torch.where(deviation > 0, 1 / deviation, 1.0)
    return mean.float()[:, None, None], scale.float()[:, None, None]
