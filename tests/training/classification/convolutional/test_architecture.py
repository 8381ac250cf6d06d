"""The layers of the convolutional network, by the size of a picture."""

import pytest
import torch

from training.classification.convolutional.architecture import ConvolutionalNetwork, Plan

CHANNELS = (24, 48, 64, 96)
SHAPES = [(1, 1), (1, 200), (5, 7, 3), (8, 8), (16, 16), (28, 28), (300, 2), (64, 64, 3), (200, 130, 3), (1024, 1024)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("channels", [CHANNELS, (5,), ()])
def test_pictures_of_any_size_have_a_network(shape: tuple[int, ...], channels: tuple[int, ...]) -> None:
    plan = Plan.of(shape, channels)
    network = ConvolutionalNetwork(plan, 3, dropout=0.5)
    pictures = torch.zeros(2, 3 if len(shape) == 3 else 1, *shape[:2])
    assert network(pictures).shape == (2, 3)
    if len(channels) > 1:
        assert plan.features <= 16 * channels[-1]


def test_a_digit_is_halved_twice_on_the_way_to_four_pixels() -> None:
    plan = Plan.of((28, 28), CHANNELS)
    assert [each.pooling for each in plan.convolutions] == [(2, 2), (1, 1), (2, 2), (1, 1)]
    assert plan.features == 4 * 4 * 96


def test_the_work_does_not_grow_with_the_picture() -> None:
    def products(*shape: int) -> int:
        network = ConvolutionalNetwork(Plan.of(shape, CHANNELS), 2, 0.0).eval()
        found = []
        for block in network.blocks:
            block.convolution.register_forward_hook(  # type: ignore[union-attr]
                lambda layer, _, output: found.append(output[0].numel() * layer.weight[0].numel())
            )
        network(torch.zeros(1, 3, *shape[:2]))
        return sum(found)

    assert products(28, 28, 3) < 5_000_000
    assert max(products(side, side, 3) for side in (47, 64, 127, 200, 640)) < 50_000_000


def test_the_norm_has_no_scale_to_learn() -> None:
    network = ConvolutionalNetwork(Plan.of((28, 28), CHANNELS), 2, 0.0)
    learned = [name for name, each in network.named_parameters() if each.requires_grad]
    assert not [name for name in learned if name.endswith("norm.weight")]
    assert len(learned) == 2 * len(CHANNELS) + 2
