"""The runs of a copy of the project."""

from pathlib import Path

import mlflow
from mlflow.entities import Run


def runs(folder: Path) -> list[Run]:
    client = mlflow.MlflowClient(f"sqlite:///{folder}/mlflow.db")
    return list(client.search_runs([experiment.experiment_id for experiment in client.search_experiments()]))
