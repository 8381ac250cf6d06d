"""`make bench`: what waits for imports and compilers, beside the import of the libraries that a fit is made of."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from tests.benchmarks.page import write_section
from tests.benchmarks.training import processor

ROUNDS = 3
IMPORTS = [sys.executable, "-c", "import torch, mlflow, pytorch_lightning, matplotlib"]
COMMAND = ["mlflow", "run", ".", "--env-manager", "local"]
# A hundred functions: ten kinds, each from wide to narrow or from slow to fast.
_KINDS = (
    *("sin({k}*x)*exp(-x/3)", "exp(-{k}*(x-2)**2)", "tanh({k}*(x-2))", "1/(1+{k}*(x-3)**2)", "log(1+{k}*x)"),
    *("sqrt(1+{k}*x**2)", "cos({k}*x)/(1+x)", "x**3*exp(-{k}*x/2)", "atan({k}*(x-1))", "sin({k}*x)+cos(x)**2"),
)
FUNCTIONS = [kind.format(k=k) for kind in _KINDS for k in range(1, 11)]
_PARAMETERS = ("preset=precise", "vary=target", "runs=1", "domain=0,5", f"values={','.join(FUNCTIONS)}")
STUDY = [*COMMAND, "-e", "study", *(part for given in _PARAMETERS for part in ("-P", given))]
HELP = [sys.executable, "-m", "training.fit", "--help"]
# Of the imports; of help and of the study, seconds.
_WARM_GOAL, _FIRST_GOAL, _HELP_GOAL, _STUDY_GOAL = 1.6, 3, 1, 30
_LEFT_OUT = shutil.ignore_patterns(".*", "mlruns", "mlflow.db", "__pycache__")


def seconds(command: list[str], folder: Path) -> float:
    """Wall time of a command, with a cache of its own in the folder."""
    environment = os.environ | {"XDG_CACHE_HOME": str(folder / "cache")}
    start = perf_counter()
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return perf_counter() - start


def main() -> None:
    """All commands in turns, in a copy of the project with a store of its own: at first with none, and no kernels."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(shutil.copytree(".", Path(temporary) / "project", ignore=_LEFT_OUT))
        seconds(IMPORTS, folder)  # from the disk
        first = seconds(COMMAND, folder)
        turns = [[seconds(command, folder) for command in (IMPORTS, COMMAND, HELP, STUDY)] for _ in range(ROUNDS)]
    imports, warm, to_help, study = (median(column) for column in zip(*turns, strict=True))
    text = told(imports, warm, first, to_help, study)
    print(text)
    write_section("command", text)


def told(imports: float, warm: float, first: float, to_help: float, study: float) -> str:
    """The medians in words, for the page."""
    return (
        f"Machine: {processor()}.\n\n"
        f"`mlflow run . --env-manager local` takes {warm:.1f} s in all, {warm / imports:.2f} times (goal {_WARM_GOAL}) "
        f"the {imports:.1f} s of\nimporting torch, mlflow, pytorch_lightning and matplotlib alone; "
        f"{first:.1f} s, {first / imports:.2f} times (goal {_FIRST_GOAL}), where it has to make\n"
        f"the store first. `python -m training.fit --help` takes {to_help:.2f} s "
        f"(goal {_HELP_GOAL}). A study of {len(FUNCTIONS)} precise\nfits of different functions takes {study:.0f} s "
        f"(goal {_STUDY_GOAL}), {study / imports:.1f} times the imports."
    )


if __name__ == "__main__":
    main()
