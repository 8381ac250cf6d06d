"""Classifiers against a transcription of the study to NumPy."""

from pathlib import Path
from tempfile import mkdtemp
from typing import Any, get_args

import numpy as np
import pytest

from tests.benchmarks import transcription
from tests.support.pictures import digits
from tests.support.rounding import assert_close, wide
from training.classification.classifier import Classifier, predictions, probabilities
from training.classification.config import ClassifyConfig
from training.classification.pictures import PictureSet
from training.errors import TrainingDiverged
from training.regression.trainer import fit_module, quiet_lightning, single_thread
from training.runtime.callbacks import History, LastCheckpoint


def config(**changes: Any) -> ClassifyConfig:
    # Of 400 pictures, the last batch has 16.
    given = {"hidden": "9,7", "epochs": 3, "l2_lambda": "0,3,0.5", "learning_rate": 0.05, "batch_size": 64}
    return ClassifyConfig.model_validate(given | changes)


def trained(folder: Path, pictures: PictureSet, **changes: Any) -> tuple[Classifier, History]:
    of = config(**changes)
    module, history = Classifier(of, pictures), History()
    with single_thread(), quiet_lightning():
        fit_module(module, of.epochs, history, LastCheckpoint(Path(mkdtemp(dir=folder)) / "last.ckpt", 1e9))
    return module, history


def transcribed(
    pictures: PictureSet, of: ClassifyConfig, strength: float, moved: float = 0.0
) -> tuple[transcription.Network, list[float]]:
    """The same training as the study would do it, in a wider type."""
    x = wide(transcription.standardised(pictures.train.pixels, pictures.train.pixels))
    labels, classes = pictures.train.labels, len(pictures.classes)
    y = labels[None].astype(float) if classes == 2 else np.eye(classes)[labels].T
    sizes = (len(x), *of.hidden, len(y))
    network = transcription.Network.drawn(sizes, of.initialization, of.activation, of.seed)
    signs = np.random.default_rng(0)
    network.weights = [wide(w) * (1 + moved * signs.choice([-1, 1], w.shape)) for w in network.weights]
    return network, transcription.train(network, x, y, strength, of.batch_size, of.epochs, of.learning_rate)


# A change of all weights, which shows what training makes of a small one; and roundings of a training: of its 12 steps,
# each with sums over 65 inputs and 64 pictures, and as many on the way back.
MOVED, ROUNDINGS = 1e-9, 12 * 3 * 130


def assert_moved_close(found: np.ndarray, truth: np.ndarray, moved: np.ndarray) -> None:
    """That a training found the truth; where its weights began elsewhere by MOVED it is `moved`."""
    assert_close(found, truth, ROUNDINGS, np.abs(truth).max() + np.abs(moved - truth).max() / MOVED)


CASES = [(name, "relu", 10) for name in get_args(ClassifyConfig.model_fields["initialization"].annotation)] + [
    ("xavier", "tanh", 10),
    ("xavier", "sigmoid", 10),
    ("he", "relu", 2),
]


@pytest.mark.parametrize(("initialization", "activation", "classes"), CASES)
def test_training_is_the_study_s(tmp_path: Path, initialization: str, activation: str, classes: int) -> None:
    """Weights, costs and predictions, of all λ together, with a last batch that is smaller."""
    pictures = digits(train=200, test=50, classes=classes)
    changes = {"initialization": initialization, "activation": activation, "seed": 3}
    module, history = trained(tmp_path, pictures, **changes)
    test = transcription.standardised(pictures.train.pixels, pictures.test.pixels)
    for member, strength in enumerate((0.0, 3.0, 0.5)):
        network, costs = transcribed(pictures, config(**changes), strength)
        moved, other_costs = transcribed(pictures, config(**changes), strength, moved=MOVED)
        for layer, (weights, biases) in enumerate(module.layers(strength)):
            assert_moved_close(weights, network.weights[layer], moved.weights[layer])
            assert_moved_close(biases[:, None], network.biases[layer], moved.biases[layer])
        # Where a sigmoid is so near to one that its logarithm is lost, the transcription is the one that is wrong.
        if max(costs) < 5:
            assert_moved_close(np.array(history.curve(strength)), np.array(costs), np.array(other_costs))
        found = predictions(module.logits(pictures.test.pixels)[member])
        assert np.mean(found == network.predict(test)) >= 0.98


def test_a_cost_includes_l2(tmp_path: Path) -> None:
    pictures = digits(train=100)
    module, history = trained(tmp_path, pictures, epochs=1, learning_rate=1e-12)
    without, with_three = history.curve(0.0)[0], history.curve(3.0)[0]
    squares = sum(float((weights**2).sum()) for weights, _ in module.layers(3.0))
    assert with_three - without == pytest.approx(3 * squares / 2 / 100, rel=1e-9)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"shuffle": True, "augment": True, "dropout": 0.3},
        {"loss": "cross_entropy", "optimizer": "adam", "learning_rate": 0.001},
    ],
)
def test_a_member_is_what_it_is_alone(tmp_path: Path, changes: dict[str, Any]) -> None:
    together, _ = trained(tmp_path, digits(), **changes)
    alone, _ = trained(tmp_path, digits(), l2_lambda="3", **changes)
    for one, other in zip(together.layers(3.0), alone.layers(3.0), strict=True):
        for value, truth in zip(one, other, strict=True):
            np.testing.assert_array_equal(value, truth)


@pytest.mark.parametrize("changes", [{"shuffle": True}, {"augment": True}, {"dropout": 0.3}])
def test_what_is_drawn_changes_the_training_and_follows_from_the_seed(tmp_path: Path, changes: dict[str, Any]) -> None:
    plain, first, again, other = (
        trained(tmp_path, digits(), l2_lambda="0", **options)[0].layers(0.0)[0][0]
        for options in ({}, changes, changes, changes | {"seed": 1})
    )
    assert np.array_equal(first, again)
    assert np.abs(first - plain).max() > 1e-4
    assert not np.array_equal(first, other)


def test_a_checkpoint_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    changes: dict[str, Any] = {"shuffle": True, "augment": True, "dropout": 0.3, "optimizer": "adam"}
    whole, history = trained(tmp_path, digits(), epochs=6, **changes)
    of = config(epochs=6, **changes)
    for last_epoch in (3, 6):
        resumed, resumed_history = Classifier(of, digits()), History()
        with single_thread(), quiet_lightning():
            checkpoint = LastCheckpoint(tmp_path / "last.ckpt", 0)
            fit_module(resumed, last_epoch, resumed_history, checkpoint)
    assert resumed_history.errors == history.errors
    for one, other in zip(whole.layers(0.5), resumed.layers(0.5), strict=True):
        assert np.array_equal(one[0], other[0])


def test_a_lambda_that_diverges_is_dropped_and_harms_no_other(tmp_path: Path) -> None:
    module, history = trained(tmp_path, digits(), l2_lambda="1e9,0.5", epochs=40)
    alone, _ = trained(tmp_path, digits(), l2_lambda="0.5", epochs=40)
    assert module.lambdas == [0.5]
    assert len(history.curve(1e9)) < len(history.curve(0.5)) == 40
    np.testing.assert_array_equal(module.layers(0.5)[0][0], alone.layers(0.5)[0][0])


def test_where_all_diverge_it_says_what_to_try(tmp_path: Path) -> None:
    with pytest.raises(TrainingDiverged, match=r"the cost became .*: try a learning_rate below 0\.05"):
        trained(tmp_path, digits(), l2_lambda="1e9", epochs=40)


def test_float32_is_near_float64(tmp_path: Path) -> None:
    single, double = (trained(tmp_path, digits(), dtype=dtype)[0] for dtype in ("float32", "float64"))
    assert_close(single.layers(0.0)[0][0], double.layers(0.0)[0][0], ROUNDINGS, precision="float32")


def test_probabilities_order_the_classes_as_the_outputs_do_and_add_up_to_one() -> None:
    logits = np.array([[-800.0, 3.0, 800.0], [-801.0, 5.0, -800.0], [-900.0, -2.0, 790.0]]).T
    for loss in ("cross_entropy", "binary_cross_entropy"):
        found = probabilities(logits, loss)
        np.testing.assert_allclose(found.sum(1), 1)
        assert found.argmax(1).tolist() == [0, 1, 0]
    sigmoids = 1 / (1 + np.exp(-logits[1]))
    np.testing.assert_allclose(probabilities(logits, "binary_cross_entropy")[1], sigmoids / sigmoids.sum())
    np.testing.assert_allclose(probabilities(np.array([[0.7]]), "binary_cross_entropy"), [[0.33181223, 0.66818777]])
