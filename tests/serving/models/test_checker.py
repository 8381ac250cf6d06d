"""The process that checks a model."""

from pathlib import Path

import mlflow
import pytest

from serving.errors import RefusedModel
from serving.models import checker
from serving.runtime import subprocesses
from tests.support.attacks import add_function


@pytest.fixture
def folder(store: str) -> Path:
    add_function("f", target="here")
    return Path(mlflow.artifacts.download_artifacts("models:/f@champion"))


def test_a_sound_model_is_described(folder: Path) -> None:
    assert checker.check(folder)["target"] == "here"


def test_a_damaged_model_is_refused_with_the_reason(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(b"\x08\x07")
    with pytest.raises(RefusedModel, match=r"the graph|it takes"):
        checker.check(folder)


def test_a_model_that_takes_too_long_or_ends_the_process_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checker, "_MOST_SECONDS", 0.01)
    with pytest.raises(RefusedModel, match=r"it is not checked within 0\.01 s"):
        checker.check(folder)
    monkeypatch.setattr(checker, "_MOST_SECONDS", 60)
    monkeypatch.setattr(subprocesses, "command", lambda *_: ["sh", "-c", "kill -SEGV $$"])
    with pytest.raises(RefusedModel, match="checking it ends with signal 11"):
        checker.check(folder)
