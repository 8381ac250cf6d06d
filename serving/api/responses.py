"""Writes answers: as JSON, in which every number round-trips, or as an array in NumPy's format."""

import io
import json
from collections.abc import Iterator
from urllib.parse import quote

import numpy as np
import orjson
from numpy.typing import NDArray
from starlette.responses import Response

from serving.api import field_responses
from serving.api.schemas import described
from serving.api.streaming import StreamedResponse
from serving.models.evaluation import ByOrder, EvaluationResult
from serving.models.field_evaluation import FieldResult

JSON, NPY = "application/json", "application/x-npy"

Headers = dict[str, str]
Result = EvaluationResult | FieldResult

# Numbers of a piece of an answer, which takes a fraction of a millisecond to write; and bytes of one in NumPy's format.
_PIECE, _PIECE_BYTES = 2_048, 65_536


class PlainResponse(Response):
    """An answer that is written already; Response would take longer to make than a function at a point."""

    def __init__(self, body: bytes, media_type: bytes):
        self.status_code, self.body, self.background = 200, body, None
        self.raw_headers = [(b"content-length", b"%d" % len(body)), (b"content-type", media_type)]


def json_response(result: Result) -> Response:
    """The answer as JSON, in one piece where it is short."""
    if _length(result) <= _PIECE:
        return PlainResponse(as_json(result), JSON.encode())
    return StreamedResponse(json_pieces(_content(result)), JSON)


def npy_response(result: Result) -> Response:
    """The answer as a structured array (n,) in NumPy's format.

    Its fields are x, d0 …, s0 … (standard deviations), h1 … (finite differences), t0 … (truth) and in_domain; of
    several variables x, value, gradient, hessian … and in_domain, each with the shape that it has for a point.
    """
    head, dtype = _npy_head(result)
    length = len(head) + len(result.x) * dtype.itemsize
    return StreamedResponse(_npy_pieces(result, head, dtype), NPY, headers(result), length)


def as_json(result: Result) -> bytes:
    """An Evaluation (serving.api.schemas), or one of several variables; what is not finite is null."""
    return orjson.dumps(_content(result), option=orjson.OPT_SERIALIZE_NUMPY)


def json_pieces(content: object) -> Iterator[bytes]:
    """JSON of dictionaries and lists with arrays (n, …) in them, in pieces that are short."""
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
    length = max(1, _PIECE * len(values) // max(values.size, 1))
    for start in range(0, max(len(values), 1), length):
        written = orjson.dumps(values[start : start + length], option=orjson.OPT_SERIALIZE_NUMPY)
        yield (b"," if start else b"[") + written[1:-1]
    yield b"]"


def _length(result: Result) -> int:
    """How many numbers stand in the largest part of an answer."""
    return max(values.size for by_name in result.values for values in by_name.values())


def _content(result: Result) -> dict[str, object]:
    if isinstance(result, FieldResult):
        return field_responses.content(result)
    values = result.values
    content: dict[str, object] = {
        "model": described(result.function.version),
        "x": result.x,
        **_origin(result),
        "derivatives": _named(values.derivatives),
    }
    optional = {
        "standard_deviations": values.posterior_std,
        "finite_differences": values.differences,
        "truth": values.truth,
    }
    content |= {name: _named(by_order) for name, by_order in optional.items() if by_order}
    return content | {"in_domain": result.inside, "warnings": result.warnings}


def _columns(result: Result) -> dict[str, NDArray[np.generic]]:
    if isinstance(result, FieldResult):
        return field_responses.columns(result)
    columns: dict[str, NDArray[np.generic]] = {"x": result.x}
    for letter, by_order in zip("dsht", result.values, strict=True):
        columns |= {f"{letter}{order}": values for order, values in by_order.items()}
    return columns | {"in_domain": result.inside}


def _npy_head(result: Result) -> tuple[bytes, np.dtype[np.void]]:
    """The bytes before the rows, and the type of a row."""
    fields = [(n, "?" if v.dtype == bool else "<f8", v.shape[1:]) for n, v in _columns(result).items()]
    dtype, head = np.dtype(fields), io.BytesIO()
    described = {"descr": dtype.descr, "fortran_order": False, "shape": result.x.shape[:1]}
    np.lib.format.write_array_header_1_0(head, described)
    return head.getvalue(), dtype


def _npy_pieces(result: Result, head: bytes, dtype: np.dtype[np.void]) -> Iterator[bytes]:
    yield head
    columns, length = _columns(result), max(1, _PIECE_BYTES // dtype.itemsize)
    for start in range(0, len(result.x), length):
        rows = slice(start, start + length)
        table = np.empty(len(result.x[rows]), dtype)
        for name, values in columns.items():
            table[name] = values[rows]
        yield table.tobytes()


def headers(result: Result) -> Headers:
    """Headers for what an array cannot say: which version answered, and its warnings."""
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


def _origin(result: Result) -> Headers:
    """The moment of x = 0 and the unit of x, where x are times."""
    if isinstance(result, FieldResult):
        return {}
    metadata = result.function.metadata
    said = {"x_origin": metadata.x_origin, "x_unit": metadata.x_unit}
    return {name: value for name, value in said.items() if value is not None}


def _named(values: ByOrder) -> dict[str, object]:
    return {str(order): of_order for order, of_order in values.items()}
