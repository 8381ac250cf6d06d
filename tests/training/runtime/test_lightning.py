import subprocess
import sys
from importlib.metadata import entry_points

import pytest
from lightning_fabric.utilities import registry

from tests.support.environment import ROOT
from training.runtime import lightning


def test_nothing_is_imported_in_vain_and_the_true_modules_are_there_later() -> None:
    code = """
import sys
from training.runtime.lightning import Trainer
assert not {"torch._dynamo", "scipy.signal", "scipy.stats", "sympy"} & sys.modules.keys(), "imported in vain"
import scipy.signal
assert scipy.signal.find_peaks([0, 1, 0])[0].tolist() == [1]
"""
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize("is_installed", [False, True])
def test_torchvision_would_get_the_true_modules(is_installed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lightning, "find_spec", lambda name: is_installed and name == "torchvision")
    for name in lightning._IN_VAIN:
        monkeypatch.delitem(sys.modules, name, raising=False)
    with lightning._stand_ins():
        assert (lightning._IN_VAIN.keys() <= sys.modules.keys()) is not is_installed
    assert not lightning._IN_VAIN.keys() & sys.modules.keys()


def test_what_is_installed_is_looked_through_once() -> None:
    """And each trainer has what was found: callbacks of other packages are made anew for each."""
    group = "pytorch_lightning.callbacks_factory"
    found = vars(registry)["entry_points"]
    assert found(group=group) is found(group=group)
    assert list(found(group=group)) == list(entry_points(group=group))
