import os
import subprocess
import sys
from pathlib import Path

import torch
from pytorch_lightning import Callback

from tests.test_regressor import trained, weights
from training.callbacks import History
from training.config import FitConfig
from training.datasets import equally_spaced
from training.trainer import train


class StopAfter(Callback):
    """Ends the process in the middle of an epoch, as a kill does."""

    def __init__(self, epochs: int):
        self._epochs = epochs

    def on_train_batch_start(self, trainer, *_) -> None:  # type: ignore[no-untyped-def]
        if trainer.current_epoch == self._epochs:
            os._exit(9)


def killed(folder: str) -> None:
    """Trains with a checkpoint after every epoch until it is killed in the fourth; run in a process of its own."""
    config = FitConfig.model_validate({"points": 101, "hidden": "5,4", "epochs": 7, "batch_size": 30})
    x = equally_spaced(config.domain, config.points)
    train(config, x, config.function.derivative(x), Path(folder), History(), [StopAfter(4)], seconds_between=0)


def test_a_killed_training_resumes_to_the_same_bits(tmp_path: Path) -> None:
    whole, history = trained(tmp_path / "whole", epochs=7)
    folder = tmp_path / "killed"
    code = f"from tests.test_trainer import killed; killed({str(folder)!r})"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    assert (folder / "last.ckpt").exists()
    resumed, resumed_history = trained(folder, epochs=7)
    assert all(torch.equal(a, b) for a, b in zip(weights(whole), weights(resumed), strict=True))
    assert resumed_history.mse == history.mse
    assert resumed_history.seconds == sorted(resumed_history.seconds)


def test_resuming_starts_behind_the_last_checkpoint(tmp_path: Path) -> None:
    code = f"from tests.test_trainer import killed; killed({str(tmp_path)!r})"
    subprocess.run([sys.executable, "-c", code], check=False)
    started: list[int] = []

    class Note(Callback):
        def on_train_epoch_start(self, trainer, *_) -> None:  # type: ignore[no-untyped-def]
            started.append(trainer.current_epoch)

    config = FitConfig.model_validate({"points": 101, "hidden": "5,4", "epochs": 7, "batch_size": 30})
    x = equally_spaced(config.domain, config.points)
    train(config, x, config.function.derivative(x), tmp_path, History(), [Note()])
    assert started == [4, 5, 6]


def test_threads_are_as_before(tmp_path: Path) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    trained(tmp_path)
    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)
