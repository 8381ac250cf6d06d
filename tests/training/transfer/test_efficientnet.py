"""The layers of the network, with weights that are drawn; those that are trained have a file of their own."""

import numpy as np
import pytest
import torch
from torch import Tensor

from training.transfer.efficientnet import CHANNELS, MAP, Block, EfficientNet, pooled

# Kernel, expansion, channels and blocks of each stage, by the paper (Tan and Le, ICML 2019, table 1), at width 1.
STAGES = [(3, 1, 16, 1), (3, 6, 24, 2), (5, 6, 40, 2), (3, 6, 80, 3), (5, 6, 112, 3), (5, 6, 192, 4), (3, 6, 320, 1)]


def shapes() -> dict[str, tuple[int, ...]]:
    """The shape of the weights of each convolution."""
    found: dict[str, tuple[int, ...]] = {"_conv_stem": (32, 3, 3, 3), "_conv_head": (CHANNELS, 320, 1, 1)}
    channels, number = 32, 0
    for kernel, expansion, width, blocks in STAGES:
        for _ in range(blocks):
            deep = channels * expansion
            if expansion > 1:
                found[f"_blocks.{number}._expand_conv"] = (deep, channels, 1, 1)
            found[f"_blocks.{number}._depthwise_conv"] = (deep, 1, kernel, kernel)
            found[f"_blocks.{number}._project_conv"] = (width, deep, 1, 1)
            channels, number = width, number + 1
    return found


class Drawn:
    """Weights of a size that keeps what goes through them of the order of one."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._generator = torch.Generator().manual_seed(0)

    def __call__(self, name: str, normalisation: str) -> tuple[Tensor, Tensor]:
        self.asked.append(name)
        shape = shapes()[name]
        weight = torch.randn(shape, generator=self._generator) * (2 / np.prod(shape[1:])) ** 0.5
        return weight, torch.zeros(shape[0])


@pytest.fixture(scope="module")
def network() -> EfficientNet:
    drawn = Drawn()
    made = EfficientNet(drawn)
    assert sorted(drawn.asked) == sorted(shapes())
    return made


def test_it_takes_the_weights_of_every_convolution_once_and_has_no_others(network: EfficientNet) -> None:
    count = sum(int(np.prod(shape)) + shape[0] for shape in shapes().values())
    assert sum(buffer.numel() for buffer in network.layers.buffers()) == count


@pytest.mark.parametrize("size", [(1, 1), (40, 30)])
def test_a_picture_of_any_size_becomes_a_map_of_seven_by_seven(network: EfficientNet, size: tuple[int, int]) -> None:
    pixels = torch.full((1, *size, 3), 200, dtype=torch.uint8)
    with torch.inference_mode():
        last = network(pixels)
    assert last.shape == (1, CHANNELS, MAP, MAP)
    assert torch.isfinite(last).all()
    assert 0 <= last.min() < last.max() <= 6


def test_blocks_that_change_nothing_of_the_size_are_added_to_their_input(network: EfficientNet) -> None:
    blocks = [layer for layer in network.layers if isinstance(layer, Block)]
    skips = [index for _, _, _, count in STAGES for index in range(count)]
    assert [block._skips for block in blocks] == [index > 0 for index in skips]
    x = torch.ones(1, 2, 3, 3)
    assert torch.equal(Block([], skips=True)(x), 2 * x)
    assert torch.equal(Block([], skips=False)(x), x)


def test_features_are_the_means_over_all_places() -> None:
    maps = torch.arange(24.0).reshape(2, 3, 2, 2)
    assert pooled(maps).tolist() == [[1.5, 5.5, 9.5], [13.5, 17.5, 21.5]]
