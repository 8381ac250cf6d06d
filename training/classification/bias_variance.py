"""Diagnoses bias or variance, whichever keeps a classifier from a better test accuracy, and the first remedies."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

_REMEDIES: Mapping[str, str] = {
    "bias": "a wider or deeper network, more epochs, another optimizer or learning rate, less regularisation",
    "variance": "a larger λ, dropout, more data or augmentation, a narrower or shallower network",
    "nothing": "none",
}


@dataclass(frozen=True)
class Diagnosis:
    """Bias, the training error, and variance, the gap between the training and the test accuracy; as fractions."""

    bias: float
    variance: float

    @classmethod
    def of(cls, train_accuracy: float, test_accuracy: float) -> "Diagnosis":
        return cls(1 - train_accuracy, train_accuracy - test_accuracy)

    @property
    def first(self) -> Literal["bias", "variance", "nothing"]:
        """The larger of the two, on which to work first; nothing where no picture is named wrongly."""
        if self.bias <= 0 and self.variance <= 0:
            return "nothing"
        return "bias" if self.bias >= self.variance else "variance"

    @property
    def metrics(self) -> dict[str, float]:
        """The metrics of the run."""
        return {"bias": self.bias, "variance": self.variance}

    @property
    def tags(self) -> dict[str, str]:
        """The tags of the run."""
        return {"work_on_first": self.first, "remedies": _REMEDIES[self.first]}

    @property
    def sentence(self) -> str:
        """All of it, for people."""
        numbers = f"bias {self.bias:.2%} (training error), variance {self.variance:.2%} (training minus test accuracy)"
        if self.first == "nothing":
            return f"{numbers}: every picture is named rightly; more test pictures would show what is left"
        return f"{numbers}: work on the {self.first} first, with {_REMEDIES[self.first]}"
