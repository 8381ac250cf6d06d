from pathlib import Path

import pytest

from training.errors import StoreUnavailable, TrainingDiverged
from training.regression.config import FitConfig
from training.runtime.checkpoints import digest, resumable

CONFIG = FitConfig()


def leave_behind(config: FitConfig) -> Path:
    """A folder as a killed process leaves it."""
    try:
        with resumable(config) as folder:
            (folder / "last.ckpt").write_text("weights")
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        return folder


def test_what_a_killed_training_leaves_is_found_again() -> None:
    left = leave_behind(CONFIG)
    with resumable(CONFIG) as folder:
        assert folder == left
        assert (folder / "last.ckpt").read_text() == "weights"
    assert not left.exists()


def test_a_user_s_mistake_leaves_nothing() -> None:
    with pytest.raises(TrainingDiverged, match="nan"), resumable(CONFIG) as folder:
        raise TrainingDiverged("nan")
    assert not folder.exists()


def test_the_same_training_beside_this_one_has_a_folder_of_its_own() -> None:
    with resumable(CONFIG) as first, resumable(CONFIG) as second:
        assert first != second
    assert not first.exists()
    assert not second.exists()


def test_the_digest_names_what_changes_the_weights() -> None:
    assert digest(CONFIG) != digest(FitConfig(seed=1))
    assert digest(CONFIG) == digest(FitConfig(register_as="other", champion="always", max_order=2))


def test_a_store_that_is_away_keeps_the_folder_for_the_same_process_too(tmp_path: Path) -> None:
    def fail() -> None:
        raise StoreUnavailable("away")

    with pytest.raises(StoreUnavailable, match=r"^away; the same command goes on"), resumable(CONFIG) as folder:
        fail()
    (folder / "0.ckpt").touch()
    with resumable(CONFIG) as again:
        assert again == folder
        assert (again / "0.ckpt").exists()
    assert not folder.exists()
