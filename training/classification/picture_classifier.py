"""What every trained classifier is to those who judge, register and serve it."""

from typing import ClassVar

from torch import Tensor, nn


class PictureClassifier(nn.Module):
    """A trained network as pixels (n, …) uint8 → probabilities (n, classes) float32, and what else it says.

    Its forward is what is exported (training.export.onnx_graph), so that it takes the operations that this knows.

    Attributes:
        outputs: the names of what forward returns, in its order, probabilities first.
        any_size: whether it takes pictures (n, height, width, 3) of any size, and not only of that which it was trained
            with.
    """

    outputs: ClassVar[tuple[str, ...]] = ("probabilities",)
    any_size: ClassVar[bool] = False

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        raise NotImplementedError
