import numpy as np
import pytest
import torch
from PIL import Image

from training.models.picture_layers import Convolution, Resizing

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("size", [(1, 1), (5, 224), (64, 64), (223, 225), (300, 180), (700, 31)])
def test_resizing_is_that_of_a_triangle(size: tuple[int, int]) -> None:
    """As Pillow's bilinear filter has it, which rounds to whole numbers in between."""
    pixels = RNG.integers(0, 256, (2, *size, 3), dtype=np.uint8)
    found = Resizing(224)(torch.from_numpy(pixels)).numpy()
    assert found.shape == (2, 3, 224, 224)
    for picture, truth in zip(found, pixels, strict=True):
        resized = Image.fromarray(truth).resize((224, 224), Image.Resampling.BILINEAR)
        np.testing.assert_allclose(picture.transpose(1, 2, 0), np.asarray(resized), atol=1.01)


def test_a_plain_picture_stays_plain() -> None:
    pixels = torch.full((1, 37, 91, 3), 201, dtype=torch.uint8)
    np.testing.assert_allclose(Resizing(24)(pixels).numpy(), 201, rtol=1e-6)


@pytest.mark.parametrize(("size", "kernel", "stride"), [(224, 3, 2), (112, 5, 2), (7, 5, 1), (7, 1, 1), (15, 3, 2)])
def test_a_convolution_divides_the_size_by_its_stride(size: int, kernel: int, stride: int) -> None:
    weight = torch.from_numpy(RNG.normal(size=(4, 3, kernel, kernel))).float()
    layer = Convolution(weight, torch.zeros(4), size, stride, activated=True)
    found = layer(torch.full((1, 3, size, size), 100.0))
    assert found.shape == (1, 4, -(-size // stride), -(-size // stride))
    assert 0 <= float(found.min()) <= float(found.max()) <= 6
