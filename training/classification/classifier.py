"""The LightningModule that trains classifiers: a network for each strength of L2, side by side."""

from itertools import repeat
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, logsigmoid

from training.classification import initializers
from training.classification.augmentation import augmented
from training.classification.config import ClassifyConfig
from training.classification.inputs import every, inputs
from training.classification.pictures import Pictures, PictureSet, Pixels, Standardisation
from training.engine.engine import Engine, TrainingSpec
from training.errors import TrainingDiverged
from training.kernels.sparse import Sparse
from training.runtime.epoch_module import EpochModule

Array = NDArray[Any]
# Pictures judged at a time, by memory that stays in the cache.
_JUDGED = 512
# The cost after an epoch is taken at this many pictures at most. All of MNIST's would take a third of the time of its
# training.
_WATCHED = 5_000
# Those whose results the study gives.
_STUDIED = ("mnist", "cats")


class Classifier(EpochModule):
    """Trains a network for each λ of the configuration, with the same initial weights and the same batches.

    As in the regressor, one Lightning batch is a whole epoch, whose steps the engine takes.

    Attributes:
        lambdas: of the members that are still in training.
    """

    def __init__(self, config: ClassifyConfig, pictures: PictureSet, standardisation: Standardisation | None = None):
        super().__init__()
        self.config, self.lambdas = config, list(config.l2_lambda)
        self._pictures, self._mirrored = pictures.train, pictures.preparation != "digit"
        self.standardisation = standardisation or self._standardisation()
        self._x = inputs(pictures.train.pixels, self.standardisation, config.dtype)
        self._y = targets(pictures.train, len(pictures.classes), config.loss).astype(config.dtype)
        self._stride = -(-len(self._y) // _WATCHED)
        self._watched = every(self._x, self._stride)
        self.engine = self._engine()

    def training_step(self, samples: object, batch_index: int) -> dict[str, Any]:
        """One epoch over the pictures; returns the costs by λ.

        What is drawn follows from seed and epoch alone, so that a resumed run repeats it.
        """
        sequence = np.random.SeedSequence([self.config.seed, self.current_epoch])
        generator, (seed,) = np.random.default_rng(sequence), sequence.generate_state(1)
        order = generator.permutation(len(self._y)).astype(np.int32) if self.config.shuffle else None
        x = self._x
        if self.config.augment:
            shifted = augmented(self._pictures.pixels, self._mirrored, generator)
            x = inputs(shifted, self.standardisation, self.config.dtype)
        orders = None if order is None else repeat(order)
        self.engine.run(x, self._y, self.config.batch_size, orders, int(seed))
        costs = self.costs(every_picture=False)
        self._drop_diverged(costs)
        return {"cost": costs}

    def final_errors(self) -> dict[float, float]:
        """The costs by λ over all pictures, of a training that has ended."""
        costs = self.costs()
        self._drop_diverged(costs)
        return costs

    def _standardisation(self) -> Standardisation:
        """The study's standardisation for its pictures; others, and those that shifts bring ink to, have their own.

        Pictures that will be shifted are standardised by pictures that are.
        """
        pixels = self._pictures.pixels
        if self.config.augment:
            pixels = augmented(pixels, self._mirrored, np.random.default_rng(self.config.seed))
        elif self.config.dataset in _STUDIED:
            return Standardisation.of(pixels)
        return Standardisation.of(pixels).without_constants()

    def costs(self, every_picture: bool = True) -> dict[float, float]:
        """The cost for each λ: the mean loss plus λ/2m times the sum of the squared weights, m training pictures.

        The loss is that of every picture, or of those that are watched.
        """
        x, y = (self._x, self._y) if every_picture else (self._watched, self._y[:: self._stride])
        outputs, count = self.engine.outputs(x, _JUDGED), len(self._y)
        found = {}
        for member, strength in enumerate(self.lambdas):
            squares = sum(float((weights[member].double() ** 2).sum()) for weights, _ in self.engine.layers)
            found[strength] = loss(outputs[member], y, self.config.loss) + strength * squares / 2 / count
        return found

    def logits(self, pixels: Pixels) -> NDArray[np.floating]:
        """The outputs of the last layer for m pictures, (members, m, outputs)."""
        return self.engine.outputs(inputs(pixels, self.standardisation, self.config.dtype), _JUDGED)

    def layers(self, strength: float) -> list[tuple[Array, Array]]:
        """The weights (out, in) and biases (out,) of each layer of a member, in float64."""
        member = self.lambdas.index(strength)
        return [(w[member].double().numpy().T.copy(), b[member].double().numpy()) for w, b in self.engine.layers]

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """The state dict has the rest."""
        checkpoint["lambdas"] = self.lambdas

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Make room for the members that were still in training."""
        self._keep(checkpoint["lambdas"])

    def _engine(self) -> Engine:
        sizes = (len(self.standardisation.mean), *self.config.hidden, self._y.shape[1])
        spec = TrainingSpec(
            sizes,
            self.config.activation,
            self.config.loss,
            self.config.optimizer,
            self.config.learning_rate,
            weight_decay=self.config.l2_lambda,
            decay_per_batch=True,
            dtype=getattr(torch, self.config.dtype),
            dropout=self.config.dropout,
        )
        engine = Engine(spec, len(self.lambdas), isinstance(self._x, Sparse))
        drawn = initializers.draw(sizes, self.config.initialization, self.config.seed)
        for weights, layer in zip(drawn, engine.layers, strict=True):
            layer[0][:] = torch.from_numpy(weights.T)
        return engine

    def _keep(self, lambdas: list[float]) -> None:
        kept = [self.lambdas.index(strength) for strength in lambdas]
        self.lambdas = lambdas
        self.engine = self.engine.select(kept)

    def _drop_diverged(self, costs: dict[float, float]) -> None:
        kept = [strength for strength, cost in costs.items() if np.isfinite(cost)]
        if not kept:
            raise TrainingDiverged(
                f"the cost became {next(iter(costs.values()))} in epoch {self.current_epoch + 1}: "
                f"try a learning_rate below {self.config.learning_rate:g}"
            )
        if len(kept) < len(self.lambdas):
            self._keep(kept)


def targets(pictures: Pictures, classes: int, name: str) -> Array:
    """The wanted outputs, (m, outputs): a one for the class; a single output for two classes and a sigmoid."""
    if name == "binary_cross_entropy" and classes == 2:
        return pictures.labels[:, None]
    return np.eye(classes)[pictures.labels]


def loss(outputs: Array, wanted: Array, name: str) -> float:
    """The mean over m pictures of the loss, from logits (m, outputs) and targets (m, outputs)."""
    logits, truth = torch.from_numpy(outputs).double(), torch.from_numpy(wanted).double()
    if name == "cross_entropy":
        return float(cross_entropy(logits, truth))
    return float(binary_cross_entropy_with_logits(logits, truth, reduction="sum")) / len(logits)


def probabilities(logits: NDArray[np.floating], name: str) -> Array:
    """The probability of each class, (m, classes), by logits (m, outputs), as the registered classifier gives them."""
    z = torch.from_numpy(logits).double()
    if z.shape[1] == 1:
        return torch.cat([1 - torch.sigmoid(z), torch.sigmoid(z)], 1).numpy()
    return torch.softmax(z if name == "cross_entropy" else logsigmoid(z), 1).numpy()


def predictions(logits: NDArray[np.floating]) -> NDArray[np.intp]:
    """The class of each picture, (…, m), by logits (…, m, outputs): the largest, or of one whether it is positive."""
    return (logits[..., 0] > 0).astype(np.intp) if logits.shape[-1] == 1 else logits.argmax(-1)
