import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# What reads files that can run code.
UNSAFE = {"pickle", "cloudpickle", "dill"}
FORBIDDEN = {
    "serving": {"training", "tests", "torch", "pytorch_lightning", "joblib", "ray"} | UNSAFE,
    "training": {"serving", "tests", "fastapi", "uvicorn"} | UNSAFE,
}


def imported(path: Path) -> set[str]:
    """The top-level packages that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize("package", FORBIDDEN)
def test_the_halves_meet_only_in_the_registry(package: str) -> None:
    files = sorted((ROOT / package).rglob("*.py"))
    assert files
    for path in files:
        assert not imported(path) & FORBIDDEN[package], path


def test_joblib_does_nothing_but_run_tasks() -> None:
    """Its workers are processes of our own; joblib.load would read files that can run code."""
    for path in sorted((ROOT / "training").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                assert not [alias for alias in node.names if alias.name.split(".")[0] == "joblib"], path
            elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "joblib":
                assert node.module == "joblib", path
                assert {alias.name for alias in node.names} <= {"Parallel", "delayed"}, path


def test_the_service_runs_without_torch() -> None:
    code = "import sys; import serving.app; sys.exit(any(m in sys.modules for m in ('torch', 'pytorch_lightning')))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_the_top_level_is_the_owner_s() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    folders = {path.split("/")[0] for path in listed.splitlines() if "/" in path}
    assert {name for name in folders if not name.startswith(".")} == {"training", "serving", "tests"}
