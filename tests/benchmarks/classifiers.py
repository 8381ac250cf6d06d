"""`make bench`: MNIST as the study trains it, beside a transcription of the study to NumPy and beside Keras.

Every contender is a process with one thread, and they take turns. This project's time includes the cost after every
epoch; that of the transcription is its steps alone. `python -m tests.benchmarks.classifiers NAME FOLDER` is one.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

from tests.benchmarks import transcription
from tests.benchmarks.page import write_section
from tests.benchmarks.training import ENVIRONMENT, processor
from training.classification.picture_sets import load_known
from training.classification.pictures import PictureSet

ROUNDS, EPOCHS = 3, 20
FOUR = "0,3,1,0.1"


def derivable(pictures: PictureSet, l2_lambda: str, dtype: str) -> float:
    """Through Lightning's Trainer, as the entry point does; seconds per λ."""
    from training.classification.classifier import Classifier
    from training.classification.config import ClassifyConfig
    from training.regression.trainer import fit_module, quiet_lightning, single_thread
    from training.runtime.callbacks import History, LastCheckpoint

    config = ClassifyConfig.model_validate({"l2_lambda": l2_lambda, "dtype": dtype, "epochs": EPOCHS})
    module, history = Classifier(config, pictures), History()
    with TemporaryDirectory() as folder, single_thread(), quiet_lightning():
        fit_module(module, EPOCHS, history, LastCheckpoint(Path(folder) / "last.ckpt", 1e9))
    return history.seconds[-1] / len(config.l2_lambda)


def numpy(pictures: PictureSet) -> float:
    """The study's own loops."""
    x = np.ascontiguousarray(transcription.standardised(pictures.train.pixels, pictures.train.pixels))
    y = np.eye(10)[pictures.train.labels].T
    network = transcription.Network.drawn((784, 50, 25, 10), "xavier", "relu")
    start = perf_counter()
    transcription.train(network, x, y, 0.1, 64, EPOCHS, 0.005, watched=False)
    return perf_counter() - start


def keras(pictures: PictureSet) -> float:
    """Keras on TensorFlow, with its fit; its cost is the mean over an epoch's batches, which costs nothing."""
    import keras
    import tensorflow

    tensorflow.config.threading.set_intra_op_parallelism_threads(1)
    tensorflow.config.threading.set_inter_op_parallelism_threads(1)
    x = transcription.standardised(pictures.train.pixels, pictures.train.pixels).T.astype(np.float32)
    y = np.eye(10, dtype=np.float32)[pictures.train.labels]
    decay = keras.regularizers.L2(0.1 / 2 / 64)
    layers = [keras.layers.Dense(units, "relu", kernel_regularizer=decay) for units in (50, 25)]
    last = keras.layers.Dense(10, "sigmoid", kernel_regularizer=decay)
    model = keras.Sequential([keras.Input((784,)), *layers, last])
    model.compile(optimizer=keras.optimizers.SGD(0.005), loss="binary_crossentropy")
    model.fit(x[:6_400], y[:6_400], batch_size=64, shuffle=False, verbose=0)  # compiles it
    start = perf_counter()
    model.fit(x, y, batch_size=64, epochs=EPOCHS, shuffle=False, verbose=0)
    return perf_counter() - start


CONTENDERS: dict[str, Callable[[PictureSet], float]] = {
    "NumPy transcription, float64": numpy,
    "Derivable, float64": lambda pictures: derivable(pictures, "0.1", "float64"),
    "Derivable, float64, four λ together": lambda pictures: derivable(pictures, FOUR, "float64"),
    "Keras, float32": keras,
    "Derivable, float32": lambda pictures: derivable(pictures, "0.1", "float32"),
    "Derivable, float32, four λ together": lambda pictures: derivable(pictures, FOUR, "float32"),
}


def measure(name: str, folder: list[str]) -> float:
    """Seconds per λ, of a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.classifiers", name, *folder]
    told = subprocess.run(command, env=ENVIRONMENT, check=True, capture_output=True, text=True).stdout
    return float(told.split("seconds ")[1])


def report(seconds: dict[str, float]) -> str:
    """The table, in Markdown."""
    names = list(CONTENDERS)
    lines = [
        f"Machine: {processor()}, one thread. MNIST, 784-50-25-10, batch 64: seconds for {EPOCHS} epochs of",
        f"one λ, medians of {ROUNDS} turns; and how much faster that is than the peer.",
        "",
        "| | seconds per λ | against the peer |",
        "|---|---|---|",
    ]
    for peer, *own in (names[:3], names[3:]):
        lines.append(f"| {peer} | {seconds[peer]:.1f} | |")
        lines += [f"| {name} | **{seconds[name]:.1f}** | {seconds[peer] / seconds[name]:.1f}x |" for name in own]
    return "\n".join(lines)


def main(folder: list[str]) -> None:
    """Measure everything, print it and write it into the page."""
    rounds = [{name: measure(name, folder) for name in CONTENDERS} for _ in range(ROUNDS)]
    text = report({name: median(turn[name] for turn in rounds) for name in CONTENDERS})
    print(text)
    write_section("classifiers", text)


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] in CONTENDERS:
        found = load_known("mnist", Path(sys.argv[2]) if len(sys.argv) > 2 else None)
        print(f"seconds {CONTENDERS[sys.argv[1]](found)}")
    else:
        main(sys.argv[1:])
