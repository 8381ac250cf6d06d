"""The precision of products, by what the machine has."""

import pytest
import torch

from training.classification.convolutional.precision import fastest


@pytest.mark.parametrize(
    ("cuda", "capability", "tiles", "expected"),
    [
        (True, (9, 0), False, "bf16-mixed"),
        (True, (7, 0), True, "32-true"),
        (False, (0, 0), True, "bf16-mixed"),
        (False, (0, 0), False, "32-true"),
    ],
)
def test_bfloat16_is_taken_where_it_is_fast(
    monkeypatch: pytest.MonkeyPatch, cuda: bool, capability: tuple[int, int], tiles: bool, expected: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: capability)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: tiles, raising=False)
    assert fastest() == expected


def test_a_torch_that_cannot_be_asked_computes_in_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.delattr(torch.cpu, "_is_amx_tile_supported", raising=False)
    assert fastest() == "32-true"
