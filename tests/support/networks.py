"""Networks of one variable for tests."""

import torch

from training.models.networks import Network, Scaling

SCALING = Scaling(x_center=1.0, x_scale=3.0, y_center=0.2, y_scale=0.7)


def network(hidden: tuple[int, ...] = (7, 5), activation: str = "tanh", seed: int = 0) -> Network:
    made = Network(hidden, activation, SCALING, torch.Generator().manual_seed(seed))
    with torch.no_grad():
        for bias in made.biases:
            bias.uniform_(-1, 1, generator=torch.Generator().manual_seed(seed))
    return made
