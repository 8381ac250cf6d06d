import ast
import subprocess
import sys
from collections.abc import Collection
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# What reads files that can run code.
UNSAFE = {"pickle", "cloudpickle", "dill"}
FORBIDDEN = {
    "serving": {"training", "tests", "torch", "pytorch_lightning", "joblib", "loky", "ray"} | UNSAFE,
    "training": {"serving", "tests", "fastapi", "uvicorn", "joblib"} | UNSAFE,
}


# The rooms of each half: each imports from those before it. The files at its root that are named nowhere come last.
LAYERS = {
    "training": (
        *(
            "arrays",
            "errors",
            "parameters",
            "taylor",
            "targets",
            "data",
            "models",
            "kernels",
            "engine",
            "features",
            "solvers",
        ),
        *(
            "evidence",
            "surrogates",
            "runtime",
            "regression",
            "classification",
            "evaluation",
            "plotting",
            "tracking",
            "export",
            "transfer",
        ),
        *("parallel", "sweeps", "differentiation", "reproduction", "pipelines", "cli"),
    ),
    "serving": (
        *(
            "arrays",
            "errors",
            "settings",
            "runtime",
            "http",
            "decoding",
            "models",
            "observability",
            "registry",
            "scheduling",
        ),
        *("middleware", "api"),
    ),
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


def modules(package: str) -> dict[str, Path]:
    """The files of a package by the names of their modules."""
    files = sorted((ROOT / package).rglob("*.py"))
    dotted = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in files}
    return {name.removesuffix(".__init__"): path for name, path in dotted.items()}


@cache
def within(package: str) -> dict[str, set[str]]:
    """What each module of a package imports from the package, wherever in its code."""
    found = modules(package)
    return {name: imports_of(path, found) for name, path in found.items()}


def imports_of(path: Path, known: Collection[str]) -> set[str]:
    """Which of the known modules a file imports, wherever in its code."""
    imports: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            imports |= {name if name in known else node.module for name in inner}
        elif isinstance(node, ast.Import):
            imports |= {alias.name for alias in node.names}
    return imports.intersection(known)


@pytest.mark.parametrize("package", LAYERS)
def test_imports_go_one_way(package: str) -> None:
    layers = LAYERS[package]

    def layer(module: str) -> int:
        name = module.split(".")[1]
        return layers.index(name) if name in layers else len(layers)

    for name, imports in within(package).items():
        if name != package:
            upwards = {other for other in imports - {package} if layer(other) > layer(name)}
            assert not upwards, f"{name} imports {sorted(upwards)}"


@pytest.mark.parametrize("package", LAYERS)
def test_every_room_has_its_layer(package: str) -> None:
    rooms = {path.parent.name for path in (ROOT / package).glob("*/__init__.py")}
    assert rooms <= set(LAYERS[package])


def test_models_and_the_registry_know_nothing_of_the_wire() -> None:
    """Neither schemas and requests, nor, of models, what Prometheus sees."""
    for path in sorted((ROOT / "serving" / "models").rglob("*.py")):
        assert not imported(path) & {"fastapi", "starlette", "prometheus_client"}, path
    for path in sorted((ROOT / "serving" / "registry").rglob("*.py")):
        assert not imported(path) & {"fastapi", "starlette"}, path


def defines(path: Path) -> bool:
    """Whether a file has functions, and not only declarations, which the tests of those that use them read."""
    return any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in ast.walk(ast.parse(path.read_text()))
    )


@pytest.mark.parametrize("package", FORBIDDEN)
def test_every_module_has_its_tests(package: str) -> None:
    files = [path.relative_to(ROOT) for path in modules(package).values() if defines(path)]
    tests = {path: path.with_name(f"test_{path.name.replace('__main__', 'main')}") for path in files}
    assert not [path for path, test in tests.items() if not (ROOT / "tests" / test).exists()]


ENTRY_POINTS = ("fit", "derivatives", "study", "report", "classify", "ui")


def test_nothing_imports_an_entry_point() -> None:
    entries = {f"training.{name}" for name in ENTRY_POINTS}
    for name, imports in within("training").items():
        assert not imports & entries, name


@pytest.mark.parametrize("name", ENTRY_POINTS)
def test_an_entry_point_is_its_configuration_and_a_call(name: str) -> None:
    assert len((ROOT / "training" / f"{name}.py").read_text().splitlines()) <= 60


@pytest.mark.parametrize("package", FORBIDDEN)
def test_no_modules_import_each_other(package: str) -> None:
    TopologicalSorter(within(package)).prepare()  # which raises at a cycle


def test_the_service_runs_without_torch() -> None:
    code = "import sys; import serving.app; sys.exit(any(m in sys.modules for m in ('torch', 'pytorch_lightning')))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_the_top_level_is_the_owner_s() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    folders = {path.split("/")[0] for path in listed.splitlines() if "/" in path}
    assert {name for name in folders if not name.startswith(".")} == {"training", "serving", "tests"}
