"""ONNX graphs as sessions: an answer takes the work of what was asked for, in pieces that stay in the cache."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx.utils import Extractor
from onnxruntime import InferenceSession, SessionOptions

from serving.errors import RefusedModel
from serving.models.graph_validation import MOST_BYTES, Tensor, largest, require_bounded, require_harmless
from serving.models.tanh_layer import TanhLayer

# From 256 to 1,024 points all are within 10 %, for two hidden layers of 30 units.
CHUNK = 512
# An array of a chunk has at most so many numbers, 0.8 MB: above 1 MB (serving.runtime.allocator) the system maps an
# array's memory and unmaps it each time, and the page faults take longer than the arithmetic. A chunk has its cost too.
_NUMBERS, _FEWEST = 100_000, 32
# Instructions take up to eight numbers at a time, and what is left over is computed in another way, which may round
# differently. Where points come in whole rows, what is answered of one does not depend on the others, to the bit.
_ROW = 8


@contextmanager
def loading() -> Iterator[None]:
    """Whatever fails in it is the graph's fault.

    Raises:
        RefusedModel: something failed.
    """
    try:
        yield
    except RefusedModel:
        raise
    except Exception as error:
        raise RefusedModel(f"the graph does not load: {error}") from error


def read_graph(
    folder: Path, inputs: Mapping[str, Tensor], outputs: Mapping[str, Tensor], together: int = CHUNK
) -> onnx.ModelProto:
    """The graph of a logged model, which takes and gives these tensors, of at most so many points at a time.

    Raises:
        RefusedModel: it is more, or other, than a graph may be.
    """
    file = folder / "model.onnx"
    if not file.is_file():
        raise RefusedModel("the graph does not load: there is no file model.onnx")
    if file.stat().st_size > MOST_BYTES:
        raise RefusedModel(f"its graph is larger than {MOST_BYTES:,} bytes")
    with loading():
        graph = onnx.load_model_from_string(file.read_bytes())
        require_harmless(graph, inputs, outputs, together)
    return graph


def points_together(numbers: int, fewest: int = 1) -> int:
    """How many points are evaluated together, where the largest array of one of them has so many numbers."""
    return min(CHUNK, max(fewest, _NUMBERS // max(numbers, 1)))


def rows_together(numbers: int, fewest: int = 1) -> int:
    """The same in whole rows; one point, where a row is too much."""
    points = points_together(numbers, fewest)
    return points - points % _ROW if points >= _ROW else 1


def in_rows(x: NDArray[np.float64], together: int) -> NDArray[np.float64]:
    """Points x (n, …), their last one repeated until the row is whole; as they are where they come one by one."""
    whole = -(-len(x) // _ROW) * _ROW
    return x if whole == len(x) or together == 1 else x.take(np.arange(whole), axis=0, mode="clip")


def open_session(graph: onnx.ModelProto) -> InferenceSession:
    """A session with one thread: a graph this small gains nothing from more, and requests run beside each other."""
    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    # An arena keeps what the largest request took, in each session; a pattern asks for the memory of several arrays in
    # one piece, which the system would give and take back each time.
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False
    return InferenceSession(graph.SerializeToString(), options, providers=["CPUExecutionProvider"])


class Sessions:
    """The session of a whole graph; its parts have sessions of their own."""

    def __init__(self, graph: onnx.ModelProto):
        self.weights, self.whole = weights_of(graph), open_session(graph)


class HasSessions:
    """What a function of one variable and one of several have in common: sessions of their graph."""

    graph: Sessions

    @property
    def weights(self) -> int:
        """How many numbers the graph has; a point takes about as many multiplications for each order."""
        return self.graph.weights

    @property
    def session(self) -> InferenceSession:
        """The whole graph, with all of its outputs."""
        return self.graph.whole


class SessionsByOrder(Sessions):
    """A graph x (n,) → d0 … dK and s0 …, each (n,), cut after each order, so that none does the work of those above.

    A session computes all of its outputs, asked for or not (onnxruntime 1.31); so each highest order has its own.
    """

    def __init__(self, graph: onnx.ModelProto, orders: Sequence[int]):
        super().__init__(graph)
        self._chunk = rows_together(widest_of(graph), _FEWEST)
        cut = Extractor(graph).extract_model
        self._upto = {highest: open_session(cut(["x"], [f"d{k}" for k in range(highest + 1)])) for highest in orders}
        # What answers the same faster, if there is something.
        self.layer: TanhLayer | None = None

    def output(self, x: NDArray[np.float64], name: str) -> NDArray[np.float64]:
        """One output of the whole graph at x (n,), (n,)."""
        return np.asarray(self.whole.run([name], {"x": x})[0])

    def __call__(self, x: NDArray[np.float64], orders: Sequence[int], std_orders: Sequence[int]) -> NDArray[np.float64]:
        """The derivatives of these orders at x (n,), then the standard deviations of std_orders; (…, n)."""
        if self.layer and not std_orders and max(orders) <= self.layer.highest:
            return self.layer(x, orders)
        session = self.whole if std_orders else self._upto[max(orders)]
        names = [f"d{order}" for order in orders] + [f"s{order}" for order in std_orders]
        rows, together = in_rows(x, self._chunk), self._chunk
        if len(rows) <= together:
            return np.array(session.run(names, {"x": rows}))[:, : len(x)]
        answer = np.empty((len(names), len(rows)))
        for start in range(0, len(rows), together):
            chunk = slice(start, start + together)
            answer[:, chunk] = np.array(session.run(names, {"x": rows[chunk]}))
        return answer[:, : len(x)]


class Cut(NamedTuple):
    """A part of a graph: what it gives, at how many points together, and its session."""

    outputs: tuple[str, ...]
    together: int
    session: InferenceSession


class SessionsByOutputs(Sessions):
    """A graph x (n, d) → outputs (n, …), cut behind some of its outputs, so that none does the work of the others.

    Args:
        graph: as read_graph returns it.
        x, outputs: what it takes and gives.
        asked_together: outputs that are asked for together, the fewest first and those of the whole graph last.

    Raises:
        RefusedModel: a cut computes too much.
    """

    def __init__(
        self,
        graph: onnx.ModelProto,
        x: Tensor,
        outputs: Mapping[str, Tensor],
        asked_together: Iterable[tuple[str, ...]],
    ):
        super().__init__(graph)
        extract, self.cuts = Extractor(graph).extract_model, list[Cut]()
        for names in asked_together:
            is_whole = set(names) == set(outputs)
            part = graph if is_whole else extract(["x"], list(names))
            together = rows_together(largest(part, {"x": x}))
            require_bounded(part, {"x": x}, {name: outputs[name] for name in names}, together)
            self.cuts.append(Cut(names, together, self.whole if is_whole else open_session(part)))
        self._found: dict[frozenset[str], Cut] = {}

    def __call__(self, x: NDArray[np.float64], names: Sequence[str]) -> list[NDArray[np.float64]]:
        """The outputs of these names at x (n, d), each (n, …)."""
        _, together, session = self.cut_for(names)
        rows = in_rows(x, together)
        if len(rows) <= together:
            return [np.asarray(output)[: len(x)] for output in session.run(names, {"x": rows})]
        parts = [session.run(names, {"x": rows[i : i + together]}) for i in range(0, len(rows), together)]
        return [np.concatenate(of_parts)[: len(x)] for of_parts in zip(*parts, strict=True)]

    def cut_for(self, names: Sequence[str]) -> Cut:
        """The first cut that has all of these."""
        key = frozenset(names)
        if key not in self._found:
            self._found[key] = next(cut for cut in self.cuts if key <= set(cut.outputs))
        return self._found[key]


def weights_of(graph: onnx.ModelProto) -> int:
    """How many numbers a graph has."""
    return sum(prod(tensor.dims) for tensor in graph.graph.initializer)


def widest_of(graph: onnx.ModelProto) -> int:
    """The longest side of a graph's numbers, about as many as a layer has for a point."""
    return max((side for tensor in graph.graph.initializer for side in tensor.dims), default=1)
