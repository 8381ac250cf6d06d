"""What is used of PyTorch Lightning, imported without two libraries that it imports in vain.

Lightning asks whether a module was compiled by torch, and hides a method from torch's compiler: for these two names it
imports all of the compiler, and SymPy with it. torchmetrics imports scipy.signal, and scipy.stats with it, to see
whether an old name is still there. Both take longer than the rest of Lightning, in every worker of a study too. While
Lightning is imported, stand-ins take their places; whoever asks for the true ones later gets them. Nothing here is
compiled by torch. torchmetrics also imports torchvision where that is installed, which needs the true ones.

Each Trainer looks into all packages that are installed for callbacks, which takes longer than a fit's arithmetic: what
was found once is remembered.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from types import ModuleType
from typing import Any


def _as_it_is(function: Any, *_: Any, **__: Any) -> Any:
    return function


_IN_VAIN: Mapping[str, Mapping[str, Any]] = {
    "torch._dynamo": {"OptimizedModule": type("OptimizedModule", (), {}), "disable": _as_it_is},
    "scipy.signal": {"hamming": None},
}


@contextmanager
def _stand_ins() -> Iterator[None]:
    """Modules with the names that are asked for, in place of those that nobody has imported yet."""
    made = [] if find_spec("torchvision") else [name for name in _IN_VAIN if name not in sys.modules]
    for name in made:
        sys.modules[name] = ModuleType(name)
        vars(sys.modules[name]).update(_IN_VAIN[name])
    try:
        yield
    finally:
        for name in made:
            del sys.modules[name]


with _stand_ins():
    from lightning_fabric.utilities import registry
    from pytorch_lightning import Callback, LightningModule, Trainer
    from pytorch_lightning.callbacks import EarlyStopping

vars(registry)["entry_points"] = cache(entry_points)

__all__ = ["Callback", "EarlyStopping", "LightningModule", "Trainer"]
