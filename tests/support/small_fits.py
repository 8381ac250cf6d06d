"""A small fit for tests, and its weights."""

import torch

from training.models.networks import Network

SMALL = {"points": 101, "hidden": "5,4", "epochs": 3, "batch_size": 30}


def weights(network: Network) -> list[torch.Tensor]:
    return [p.detach() for p in network.parameters()]
