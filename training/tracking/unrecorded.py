"""`python -m training.tracking.unrecorded`: take back the run that `mlflow run` has made for a service."""

import os

from mlflow import MlflowClient

from training.tracking.patience import hurried


def main() -> None:
    """Finish the run, which its launcher then leaves alone, and delete it."""
    if run_id := os.environ.get("MLFLOW_RUN_ID"):
        with hurried():
            MlflowClient().set_terminated(run_id, "FINISHED")
            MlflowClient().delete_run(run_id)


if __name__ == "__main__":
    main()
