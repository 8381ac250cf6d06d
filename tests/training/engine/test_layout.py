from itertools import pairwise

import numpy as np
import pytest
import torch

from training.engine.layout import Layout
from training.kernels.memory import BIASES, COLUMNS, WEIGHTS
from training.kernels.products import padded


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("sizes", [(1, 3, 1), (2, 17, 5, 3), (4, 1), (1, 64, 64, 1)])
def test_layers_are_parts_of_flat_memory_that_do_not_overlap(sizes: tuple[int, ...], dtype: torch.dtype) -> None:
    layout = Layout(sizes, "tanh", dtype)
    flat = torch.zeros(layout.parameters, dtype=dtype)
    for number, (weights, biases) in enumerate(layout.layers(flat), 1):
        assert weights.shape == (sizes[number - 1], sizes[number])
        assert biases.shape == (sizes[number],)
        assert not weights.any()
        assert not biases.any()
        weights.fill_(number)
        biases.fill_(-number)
    counts = [inputs * outputs for inputs, outputs in pairwise(sizes)]
    for number, count in enumerate(counts, 1):
        assert (flat == number).sum() == count
    assert layout.memory(8).plan.shape == (len(sizes) - 1, len(COLUMNS))


def test_rows_are_whole_vectors_and_memory_begins_with_a_line_of_the_cache() -> None:
    layout = Layout((3, 5, 2), "relu", torch.float64)
    memory = layout.memory(7)
    vector = padded(1, np.dtype(np.float64))
    assert not (memory.plan[:, [WEIGHTS, BIASES]] % vector).any()
    assert memory.work.ctypes.data % 64 == 0
    assert layout.memory(7) is memory


def test_a_mask_keeps_its_part_and_makes_up_for_the_rest() -> None:
    mask = Layout((1, 30, 1), "tanh", torch.float64).mask(50, 40, 0.8, np.random.default_rng(0))
    assert set(np.unique(mask)) == {0, 1 / 0.8}
    assert mask.mean() == pytest.approx(1, abs=0.02)
