"""Fetches what may be fetched: files from public mirrors, checked by their SHA-256, into the user's cache."""

from pathlib import Path

import pooch
import requests

from training.errors import InvalidParameter

# A mirror of each set and the SHA-256 of its files as they are there.
MIRRORS = {
    "mnist": "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "fashion_mnist": "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
}
HASHES = {
    "mnist": {
        "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    },
    "fashion_mnist": {
        "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    },
}
# Where a set may not be passed on, how its users come by it.
_ADVICE = {
    "cats": "it is course material (deeplearning.ai, Neural Networks and Deep Learning) and may not be passed on"
}
_SECONDS = 30


def fetch(dataset: str, name: str, folder: Path, download: bool) -> Path:
    """The file in the folder, downloaded if it may be.

    Raises:
        InvalidParameter: it may not be downloaded, or cannot be; says what to get and where to put it.
    """
    file = f"{name}.gz"
    if dataset not in MIRRORS:
        raise _missing(name, folder, _ADVICE[dataset])
    if not download:
        raise _missing(file, folder, f"it is at {MIRRORS[dataset]}{file}")
    url = MIRRORS[dataset] + file
    try:
        pooch.get_logger().setLevel("WARNING")
        return Path(pooch.retrieve(url, f"sha256:{HASHES[dataset][file]}", file, folder))
    except (requests.RequestException, OSError, ValueError) as error:
        raise _missing(file, folder, f"{url} cannot be fetched: {error}") from error


def _missing(file: str, folder: Path, why: str) -> InvalidParameter:
    return InvalidParameter(f"data_dir: get {file} and put it into {folder}, or give the folder that has it ({why})")
