"""`make bench`: the whole main job beside the import of the libraries that it is made of."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from tests.benchmarks.readme import write_section

ROUNDS = 3
IMPORTS = [sys.executable, "-c", "import torch, mlflow, pytorch_lightning, matplotlib"]
COMMAND = ["mlflow", "run", ".", "--env-manager", "local"]
_LEFT_OUT = shutil.ignore_patterns(".*", "mlruns", "mlflow.db", "__pycache__")


def seconds(command: list[str], folder: Path) -> float:
    """Wall time of a command."""
    start = perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return perf_counter() - start


def main() -> None:
    """Both commands in turns, in a copy of the project with a store of its own."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(shutil.copytree(".", Path(temporary) / "project", ignore=_LEFT_OUT))
        first = seconds(COMMAND, folder)
        turns = [(seconds(IMPORTS, folder), seconds(COMMAND, folder)) for _ in range(ROUNDS)]
    imports, command = (median(column) for column in zip(*turns, strict=True))
    text = (
        f"`mlflow run . --env-manager local` takes {command:.1f} s in all ({first:.1f} s where it has to\n"
        f"make the store first), {command / imports:.2f} times the {imports:.1f} s of importing torch, mlflow, "
        "pytorch_lightning and matplotlib alone."
    )
    print(text)
    write_section(Path("README.md"), "command", text)


if __name__ == "__main__":
    main()
