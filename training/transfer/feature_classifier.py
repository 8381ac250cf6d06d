"""A dense network on the features of a pretrained one, in the form that is exported: pixels of any size in."""

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from training.classification.classifier import Classifier
from training.classification.picture_classifier import PictureClassifier
from training.classification.pictures import Pixels
from training.classification.pixel_classifier import PixelClassifier
from training.transfer.efficientnet import EfficientNet, pooled
from training.transfer.extraction import coloured
from training.transfer.novelty import Seen

# Keeps the features of a picture that has none finite.
_TINY = 1e-30


class FeatureClassifier(PictureClassifier):
    """Pixels (n, height, width, 3) uint8 → probabilities (n, classes), novelty (n,) and attention (n, 7, 7), float32.

    Novelty is the distance to what was seen in training (training.transfer.novelty). Attention says for each place of
    the picture how much it speaks for the likeliest class: the gradient of that class's logit, less the mean logit, by
    the features, times the last map there, less the mean of the training pictures (Selvaraju et al., Grad-CAM, ICCV
    2017; without hidden layers the class activation map of Zhou et al., CVPR 2016). The gradient is written out.
    """

    outputs: ClassVar[tuple[str, ...]] = ("probabilities", "novelty", "attention")
    any_size: ClassVar[bool] = True

    def __init__(self, network: EfficientNet, head: PixelClassifier, seen: Seen):
        super().__init__()
        self.network, self.head, self._seen = network, head, seen
        self.mean = nn.Buffer(head.mean[:, None, None])
        self.roots = nn.Buffer(torch.from_numpy(seen.roots.T.copy()))

    @classmethod
    def of(cls, network: EfficientNet, classifier: Classifier, l2_lambda: float, seen: Seen) -> "FeatureClassifier":
        """A member of what was trained on features."""
        return cls(network, PixelClassifier.of(classifier, l2_lambda), seen)

    @property
    def described(self) -> Mapping[str, Any]:
        return {"network": "features", "novelty_threshold": self._seen.threshold}

    def given(self, pixels: Pixels) -> Pixels:
        return coloured(pixels)

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        last = self.network(pixels)
        features = pooled(last)
        logits, gradient = self.head.logits_and_gradient(features)
        scores = self.head.scores(logits) / self.temperature
        attention = torch.sum((last.double() - self.mean) * gradient.unsqueeze(2).unsqueeze(3), 1, False)
        return torch.softmax(scores, 1).float(), self._novelty(features), attention.float()

    def _novelty(self, features: Tensor) -> Tensor:
        roots = torch.sqrt(features / (torch.sum(features, 1, True) + _TINY))
        return 1.0 - torch.amax(roots @ self.roots, 1, False)
