"""Computes the features of pictures: each once, several at a time, by the graph that is registered in the end.

Each picture goes through the graph alone and in one thread, so that its features are the same bits whatever is computed
beside it, by however many threads; and they are those that a served classifier sees. ONNX Runtime takes a third of the
time of torch for it.
"""

import hashlib
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper
from platformdirs import user_cache_path
from torch import Tensor, nn
from tqdm import tqdm

from training.classification.pictures import Pixels
from training.export.onnx_graph import graph_of, tensor
from training.runtime import cores
from training.transfer.efficientnet import CHANNELS, EfficientNet, pooled
from training.transfer.feature_cache import FeatureCache, Features, keys, together
from training.transfer.weights import pretrained

# Pictures between two times that their features are kept: a few seconds' work.
_KEPT_TOGETHER = 128


class _Features(nn.Module):
    """Pixels (n, height, width, 3) uint8 → features (n, 1280)."""

    def __init__(self, network: EfficientNet):
        super().__init__()
        self.network = network

    def forward(self, pixels: Tensor) -> tuple[Tensor]:
        return (pooled(self.network(pixels)),)


def features(pixels: Pixels, name: str = "", threads: int | None = None) -> Features:
    """The features (m, 1280) of pictures (m, height, width) or (m, height, width, 3).

    Args:
        name: of the pictures, for a progress bar where there is a terminal.
        threads: as many as there are cores, unless given.

    Raises:
        InvalidParameter: the weights of the network are not installed, or are others.
    """
    graph = _graph()
    cached = FeatureCache(user_cache_path("derivable") / "features" / "features.sqlite", CHANNELS)
    wanted = keys(pixels, hashlib.sha256(graph + onnxruntime.__version__.encode()).digest())
    found = cached.get(list(dict.fromkeys(wanted)))
    missing = {key: row for row, key in enumerate(wanted) if key not in found}
    if missing:
        for some in together(_computed(missing, pixels, name, threads), _KEPT_TOGETHER):
            cached.put(dict(some))
            found |= dict(some)
    return np.stack([found[key] for key in wanted]) if wanted else np.empty((0, CHANNELS), np.float32)


def coloured(pixels: Pixels) -> Pixels:
    """Pictures (n, height, width, 3), of grey ones too."""
    return pixels if pixels.ndim == 4 else np.repeat(pixels[..., None], 3, -1)


def _computed(
    rows: dict[bytes, int], pixels: Pixels, name: str, threads: int | None
) -> Iterator[tuple[bytes, Features]]:
    run, count = _runner(), threads or cores.usable()
    bar = tqdm(total=len(rows), unit="picture", desc=f"{name} features".strip(), disable=not sys.stderr.isatty())
    with bar, ThreadPoolExecutor(count) as pool:
        for key, made in zip(rows, pool.map(lambda row: run(pixels[row : row + 1]), rows.values()), strict=True):
            bar.update()
            yield key, made


@cache
def _graph() -> bytes:
    pixels = helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["n", "height", "width", 3])
    graph = graph_of(_Features(pretrained()), pixels, [tensor("features", TensorProto.FLOAT, [CHANNELS])])
    written: bytes = graph.SerializeToString(deterministic=True)
    return written


def _runner() -> Callable[[Pixels], NDArray[np.float32]]:
    """What makes features (1280,) of a picture (1, height, width, …), in the thread that asks."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(_graph(), options, providers=["CPUExecutionProvider"])
    return lambda pixels: np.asarray(session.run(["features"], {"pixels": coloured(pixels)})[0], np.float32)[0]
