"""The LightningModule that trains classifiers: a network for each strength of L2, side by side."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pytorch_lightning import LightningModule
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, logsigmoid, one_hot

from training import initial_weights
from training.augmentation import augmented
from training.classify_config import STUDIED, ClassifyConfig
from training.engine import Engine, Pass, Recipe
from training.errors import TrainingDiverged
from training.pictures import Pictures, PictureSet, Pixels, Standardisation

Array = NDArray[np.float64]
# Pictures judged at a time, by memory that stays in the cache.
_JUDGED = 512
# The cost after an epoch is taken at this many pictures at most; that after the last one is taken at all of them. All
# of MNIST's would take a third of the time of its training.
_WATCHED = 5_000


class Classifier(LightningModule):
    """Trains a network for each λ of the configuration, with the same initial weights and the same batches.

    As in the regressor, one Lightning batch is a whole epoch, whose steps the engine takes.

    Attributes:
        lambdas: of the members that are still in training.
    """

    def __init__(self, config: ClassifyConfig, pictures: PictureSet):
        super().__init__()
        self.automatic_optimization = False
        self.config, self.lambdas = config, list(config.l2_lambda)
        self._pictures, self._mirrored = pictures.train, pictures.preparation != "digit"
        self.standardisation = self._standardisation()
        self._precision: torch.dtype = getattr(torch, config.dtype)
        self._x = self._inputs(pictures.train.pixels)
        self._y = targets(pictures.train, len(pictures.classes), config.loss).to(self._precision)
        # What the steps see: the pictures as they are, or those that are drawn for each epoch.
        self._drawn_x = torch.empty_like(self._x) if config.shuffle or config.augment else self._x
        self._drawn_y = torch.empty_like(self._y) if config.shuffle else self._y
        self._start(self._engine())

    def training_step(self, samples: object, batch_index: int) -> dict[str, Any]:
        """One epoch over the pictures; returns the costs by λ."""
        seed = self._draw()
        self.engine.run(self._passes, seed)
        last = self.current_epoch + 1 == self.config.epochs
        costs = self.costs(1 if last else -(-len(self._x) // _WATCHED))
        self._drop_diverged(costs)
        return {"cost": costs}

    def _standardisation(self) -> Standardisation:
        """As the study's for its pictures; others, and those that shifts bring ink to, would suffer from its constants.

        Pictures that will be shifted are standardised by pictures that are.
        """
        pixels = self._pictures.pixels
        if self.config.augment:
            pixels = augmented(pixels, self._mirrored, np.random.default_rng(self.config.seed))
        elif self.config.dataset in STUDIED:
            return Standardisation.of(pixels)
        return Standardisation.of(pixels).without_constants()

    def _draw(self) -> int:
        """This epoch's pictures, in this epoch's order, and a seed for what is dropped.

        All follows from seed and epoch alone, so that a resumed run repeats it.
        """
        sequence = np.random.SeedSequence([self.config.seed, self.current_epoch])
        generator, pixels = np.random.default_rng(sequence), self._pictures.pixels
        order = generator.permutation(len(pixels)) if self.config.shuffle else np.arange(len(pixels))
        if self.config.augment:
            self._drawn_x.copy_(self._inputs(augmented(pixels[order], self._mirrored, generator)))
        elif self.config.shuffle:
            torch.index_select(self._x, 0, torch.from_numpy(order), out=self._drawn_x)
        if self.config.shuffle:
            torch.index_select(self._y, -1, torch.from_numpy(order), out=self._drawn_y)
        return int(sequence.generate_state(1)[0])

    def costs(self, stride: int = 1) -> dict[float, float]:
        """Of each λ, the mean loss plus λ/2m times the sum of the squared weights; m is all of the training pictures.

        The loss is that of every picture, or of every stride-th.
        """
        x, y, count = self._x[::stride], self._y[..., ::stride], len(self._x)
        outputs = self._pass(x, y, _JUDGED).outputs().double()
        found = {}
        for member, strength in enumerate(self.lambdas):
            squares = sum(float((layer[member, :, :-1].double() ** 2).sum()) for layer in self.engine.layers)
            found[strength] = loss(outputs[member], y.double(), self.config.loss) + strength * squares / 2 / count
        return found

    def logits(self, pixels: Pixels) -> NDArray[np.floating]:
        """The outputs of the last layer for m pictures, (members, outputs, m)."""
        x = self._inputs(pixels)
        return self._pass(x, torch.empty(1, self._y.shape[1], len(x), dtype=self._precision), _JUDGED).outputs().numpy()

    def layers(self, strength: float) -> list[tuple[Array, Array]]:
        """The weights (out, in) and biases (out,) of each layer of a member, in float64."""
        member = self.lambdas.index(strength)
        found = [layer[member].double().numpy() for layer in self.engine.layers]
        sizes = (len(self.standardisation.mean), *self.config.hidden)
        return [(layer[:, :size].copy(), layer[:, -1].copy()) for layer, size in zip(found, sizes, strict=True)]

    def configure_optimizers(self) -> None:
        """The engine's optimizer works without Lightning."""

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """The state dict has the rest."""
        checkpoint["lambdas"] = self.lambdas

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Make room for the members that were still in training."""
        self._keep(checkpoint["lambdas"])

    def _engine(self) -> Engine:
        sizes = (len(self.standardisation.mean), *self.config.hidden, self._y.shape[1])
        recipe = Recipe(
            (self._x.shape[1] - 1, *sizes[1:]),
            self.config.activation,
            self.config.loss,
            self.config.optimizer,
            self.config.learning_rate,
            weight_decay=self.config.l2_lambda,
            decay_per_batch=True,
            dtype=self._precision,
            dropout=self.config.dropout,
        )
        engine = Engine(recipe, len(self.lambdas))
        drawn = initial_weights.draw(sizes, self.config.initialization, self.config.seed)
        for weights, layer in zip(drawn, engine.layers, strict=True):
            layer[:, :, : weights.shape[1]] = torch.from_numpy(weights)
        return engine

    def _start(self, engine: Engine) -> None:
        """Train these members from now on."""
        self.engine = engine
        self._passes = self._pass(self._drawn_x, self._drawn_y, self.config.batch_size)

    def _inputs(self, pixels: Pixels) -> Tensor:
        return self.standardisation.inputs(pixels, self._precision)

    def _pass(self, x: Tensor, y: Tensor, batch_size: int) -> Pass:
        return Pass(self.engine, x.T[None], y, batch_size)

    def _keep(self, lambdas: list[float]) -> None:
        kept = [self.lambdas.index(strength) for strength in lambdas]
        self.lambdas = lambdas
        self._start(self.engine.select(kept))

    def _drop_diverged(self, costs: dict[float, float]) -> None:
        kept = [strength for strength, cost in costs.items() if np.isfinite(cost)]
        if not kept:
            raise TrainingDiverged(
                f"the cost became {next(iter(costs.values()))} in epoch {self.current_epoch + 1}: "
                f"try a learning_rate below {self.config.learning_rate:g}"
            )
        if len(kept) < len(self.lambdas):
            self._keep(kept)


def targets(pictures: Pictures, classes: int, name: str) -> Tensor:
    """What the outputs should be, (1, outputs, m): a one for the class, or for two classes and a sigmoid one output."""
    labels = torch.from_numpy(pictures.labels)
    if name == "binary_cross_entropy" and classes == 2:
        return labels[None, None]
    return one_hot(labels, classes).T.contiguous()[None]


def loss(outputs: Tensor, wanted: Tensor, name: str) -> float:
    """The mean over m pictures of the loss, from logits (outputs, m) and targets (1, outputs, m)."""
    if name == "cross_entropy":
        return float(cross_entropy(outputs.T, wanted[0].T))
    return float(binary_cross_entropy_with_logits(outputs, wanted[0], reduction="sum")) / outputs.shape[1]


def probabilities(logits: NDArray[np.floating], name: str) -> Array:
    """The probability of each class, (m, classes), by logits (outputs, m), as the registered classifier gives them."""
    z = torch.from_numpy(logits.T).double()
    if z.shape[1] == 1:
        return torch.cat([1 - torch.sigmoid(z), torch.sigmoid(z)], 1).numpy()
    return torch.softmax(z if name == "cross_entropy" else logsigmoid(z), 1).numpy()


def predictions(logits: NDArray[np.floating]) -> NDArray[np.intp]:
    """The class of each picture, (…, m), by logits (…, outputs, m): the largest, or of one whether it is positive."""
    return (logits[..., 0, :] > 0).astype(np.intp) if logits.shape[-2] == 1 else logits.argmax(-2)
