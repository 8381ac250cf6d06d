"""What is asked before a launcher makes a run."""

import subprocess
import sys
from pathlib import Path

import pytest
from mlflow import MlflowClient

from training.tracking.__main__ import main


def experiments() -> set[str]:
    return {found.name for found in MlflowClient().search_experiments()}


def test_the_experiment_is_made_once(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    main()
    assert experiments() == {"Default"}
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "mine")
    main()
    assert experiments() == {"Default", "mine"}
    (made,) = (found for found in MlflowClient().search_experiments() if found.name == "mine")
    main()
    assert [found.experiment_id for found in MlflowClient().search_experiments() if found.name == "mine"] == [
        made.experiment_id
    ]


def test_an_experiment_that_is_there_needs_no_mlflow(store: str, environment: dict[str, str]) -> None:
    code = "import sys; from training.tracking.__main__ import main; main(); sys.exit('mlflow' in sys.modules)"
    own = environment | {
        "MLFLOW_TRACKING_URI": store,
        "MLFLOW_EXPERIMENT_NAME": "Default",
        "PYTHONPATH": str(Path(__file__).parents[3]),
    }
    assert subprocess.run([sys.executable, "-c", code], env=own, check=False).returncode == 0


def test_a_store_that_is_no_database_is_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mlflow.db").write_text("not a database, but long enough to be taken for one")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    with pytest.raises(SystemExit, match="1"):
        main()
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert said.count("\n") == 1
