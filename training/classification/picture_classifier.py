"""The interface of a trained classifier for those who evaluate, register and serve it."""

from collections.abc import Mapping
from copy import copy
from typing import Any, ClassVar, Self

import torch
from torch import Tensor, nn

from training.classification.pictures import Pixels


class PictureClassifier(nn.Module):
    """A trained network as pixels (n, …) uint8 → probabilities (n, classes) float32, and what else it says.

    Its forward is what is exported (training.export.onnx_graph), so that it takes the operations that this knows.

    Attributes:
        outputs: the names of what forward returns, in its order, probabilities first.
        any_size: whether it takes pictures (n, height, width, 3) of any size, and not only of that which it was trained
            with.
        temperature: by which a network that can be calibrated divides its logits.
    """

    outputs: ClassVar[tuple[str, ...]] = ("probabilities",)
    any_size: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__()
        self.temperature = nn.Buffer(torch.ones((), dtype=torch.float64))

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        raise NotImplementedError

    @property
    def described(self) -> Mapping[str, Any]:
        """What is known of it beside its accuracy, as it stands in the metadata of its version."""
        return {}

    def given(self, pixels: Pixels) -> Pixels:
        """Pictures of a set, (n, …), as its forward takes them."""
        return pixels

    def calibrated(self, temperature: float) -> Self:
        """The same network at another temperature."""
        other = copy(self)
        other._buffers = {**self._buffers, "temperature": torch.tensor(temperature, dtype=torch.float64)}
        return other
