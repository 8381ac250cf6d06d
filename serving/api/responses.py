"""Writes answers: as JSON, in which every number round-trips, or as an array in NumPy's format."""

import io
import json
from collections.abc import Iterator
from urllib.parse import quote

import numpy as np
import orjson
from numpy.typing import NDArray
from starlette.responses import Response

from serving.api.schemas import described
from serving.api.streaming import StreamedResponse
from serving.models.evaluation import ByOrder, EvaluationResult

JSON, NPY = "application/json", "application/x-npy"

Headers = dict[str, str]

# Numbers of a piece of an answer, which takes a fraction of a millisecond to write.
_PIECE = 2_048


class PlainResponse(Response):
    """An answer that is written already; Response would take longer to make than a function at a point."""

    def __init__(self, body: bytes, media_type: bytes):
        self.status_code, self.body, self.background = 200, body, None
        self.raw_headers = [(b"content-length", b"%d" % len(body)), (b"content-type", media_type)]


def json_response(result: EvaluationResult) -> Response:
    """The answer as JSON, in one piece where it is short."""
    if len(result.x) <= _PIECE:
        return PlainResponse(as_json(result), JSON.encode())
    return StreamedResponse(json_pieces(_content(result)), JSON)


def npy_response(result: EvaluationResult) -> Response:
    """The answer as a structured array (n,) in NumPy's format.

    Its fields are x, d0 …, s0 … (standard deviations), h1 … (finite differences), t0 … (truth) and in_domain.
    """
    head, dtype = _npy_head(result)
    length = len(head) + len(result.x) * dtype.itemsize
    return StreamedResponse(_npy_pieces(result, head, dtype), NPY, headers(result), length)


def as_json(result: EvaluationResult) -> bytes:
    """An Evaluation (serving.api.schemas); what is not finite is null."""
    return orjson.dumps(_content(result), option=orjson.OPT_SERIALIZE_NUMPY)


def json_pieces(content: object) -> Iterator[bytes]:
    """JSON of dictionaries and lists with arrays (n,) in them, in pieces that are short."""
    if isinstance(content, np.ndarray):
        yield from _array_pieces(content)
    elif isinstance(content, dict):
        for index, (name, value) in enumerate(content.items()):
            yield (b"," if index else b"{") + orjson.dumps(name) + b":"
            yield from json_pieces(value)
        yield b"}" if content else b"{}"
    elif isinstance(content, list) and any(isinstance(value, dict) for value in content):
        for index, value in enumerate(content):
            yield b"," if index else b"["
            yield from json_pieces(value)
        yield b"]"
    else:
        yield orjson.dumps(content)


def _array_pieces(values: NDArray[np.generic]) -> Iterator[bytes]:
    for start in range(0, max(len(values), 1), _PIECE):
        written = orjson.dumps(values[start : start + _PIECE], option=orjson.OPT_SERIALIZE_NUMPY)
        yield (b"," if start else b"[") + written[1:-1]
    yield b"]"


def _content(result: EvaluationResult) -> dict[str, object]:
    values = result.values
    content: dict[str, object] = {
        "model": described(result.function.version),
        "x": result.x,
        **_origin(result),
        "derivatives": _named(values.derivatives),
    }
    optional = {
        "standard_deviations": values.deviations,
        "finite_differences": values.differences,
        "truth": values.truth,
    }
    content |= {name: _named(by_order) for name, by_order in optional.items() if by_order}
    return content | {"in_domain": result.inside, "warnings": result.warnings}


def _columns(result: EvaluationResult) -> dict[str, NDArray[np.generic]]:
    columns: dict[str, NDArray[np.generic]] = {"x": result.x}
    for letter, by_order in zip("dsht", result.values, strict=True):
        columns |= {f"{letter}{order}": values for order, values in by_order.items()}
    return columns | {"in_domain": result.inside}


def _npy_head(result: EvaluationResult) -> tuple[bytes, np.dtype[np.void]]:
    """What stands before the rows, and the type of a row."""
    dtype = np.dtype([(name, "?" if values.dtype == bool else "<f8") for name, values in _columns(result).items()])
    head = io.BytesIO()
    described = {"descr": dtype.descr, "fortran_order": False, "shape": result.x.shape}
    np.lib.format.write_array_header_1_0(head, described)
    return head.getvalue(), dtype


def _npy_pieces(result: EvaluationResult, head: bytes, dtype: np.dtype[np.void]) -> Iterator[bytes]:
    yield head
    columns = _columns(result)
    for start in range(0, len(result.x), _PIECE):
        rows = slice(start, start + _PIECE)
        table = np.empty(len(result.x[rows]), dtype)
        for name, values in columns.items():
            table[name] = values[rows]
        yield table.tobytes()


def headers(result: EvaluationResult) -> Headers:
    """What an array cannot say: who answered, and what not to trust."""
    version = result.function.version
    return {
        "X-Model-Name": _in_header(version.name),
        "X-Model-Version": str(version.version),
        "X-Warnings": json.dumps(result.warnings),
        **{f"X-{name.removeprefix('x_').title()}-Of-X": _in_header(value) for name, value in _origin(result).items()},
    }


def _in_header(text: str) -> str:
    """Text that a header can have: as addresses have it where it is not plain ASCII."""
    return text if text.isascii() and text.isprintable() else quote(text)


def _origin(result: EvaluationResult) -> Headers:
    """What x = 0 stands for and the unit of x, where x are times."""
    metadata = result.function.metadata
    said = {"x_origin": metadata.x_origin, "x_unit": metadata.x_unit}
    return {name: value for name, value in said.items() if value is not None}


def _named(values: ByOrder) -> dict[str, object]:
    return {str(order): of_order for order, of_order in values.items()}
