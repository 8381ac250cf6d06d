"""Writes answers: as JSON, in which every number round-trips, or as an array in NumPy's format."""

import io
import json
from collections.abc import Iterator
from urllib.parse import quote

import numpy as np
import orjson
from numpy.typing import NDArray
from starlette.responses import Response

from serving.evaluate import Answer, ByOrder
from serving.schemas import described
from serving.streamed import Streamed

JSON, NPY = "application/json", "application/x-npy"

Headers = dict[str, str]

# Numbers of a piece of an answer, which takes a fraction of a millisecond to write.
_PIECE = 2_048


class Written(Response):
    """An answer that is written already; Response would take longer to make than a function at a point."""

    def __init__(self, body: bytes, media_type: bytes):
        self.status_code, self.body, self.background = 200, body, None
        self.raw_headers = [(b"content-length", b"%d" % len(body)), (b"content-type", media_type)]


def json_response(answer: Answer) -> Response:
    """The answer as JSON, in one piece where it is short."""
    if len(answer.x) <= _PIECE:
        return Written(as_json(answer), JSON.encode())
    return Streamed(json_pieces(_content(answer)), JSON)


def npy_response(answer: Answer) -> Response:
    """The answer as a structured array (n,) in NumPy's format.

    Its fields are x, d0 …, s0 … (standard deviations), h1 … (finite differences), t0 … (truth) and in_domain.
    """
    head, dtype = _npy_head(answer)
    length = len(head) + len(answer.x) * dtype.itemsize
    return Streamed(_npy_pieces(answer, head, dtype), NPY, headers(answer), length)


def as_json(answer: Answer) -> bytes:
    """An Evaluation (serving.schemas); what is not finite is null."""
    return orjson.dumps(_content(answer), option=orjson.OPT_SERIALIZE_NUMPY)


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


def _content(answer: Answer) -> dict[str, object]:
    values = answer.values
    content: dict[str, object] = {
        "model": described(answer.function.version),
        "x": answer.x,
        **_origin(answer),
        "derivatives": _named(values.derivatives),
    }
    optional = {
        "standard_deviations": values.deviations,
        "finite_differences": values.differences,
        "truth": values.truth,
    }
    content |= {name: _named(by_order) for name, by_order in optional.items() if by_order}
    return content | {"in_domain": answer.inside, "warnings": answer.warnings}


def _columns(answer: Answer) -> dict[str, NDArray[np.generic]]:
    columns: dict[str, NDArray[np.generic]] = {"x": answer.x}
    for letter, by_order in zip("dsht", answer.values, strict=True):
        columns |= {f"{letter}{order}": values for order, values in by_order.items()}
    return columns | {"in_domain": answer.inside}


def _npy_head(answer: Answer) -> tuple[bytes, np.dtype[np.void]]:
    """What stands before the rows, and the type of a row."""
    dtype = np.dtype([(name, "?" if values.dtype == bool else "<f8") for name, values in _columns(answer).items()])
    head = io.BytesIO()
    described = {"descr": dtype.descr, "fortran_order": False, "shape": answer.x.shape}
    np.lib.format.write_array_header_1_0(head, described)
    return head.getvalue(), dtype


def _npy_pieces(answer: Answer, head: bytes, dtype: np.dtype[np.void]) -> Iterator[bytes]:
    yield head
    columns = _columns(answer)
    for start in range(0, len(answer.x), _PIECE):
        rows = slice(start, start + _PIECE)
        table = np.empty(len(answer.x[rows]), dtype)
        for name, values in columns.items():
            table[name] = values[rows]
        yield table.tobytes()


def headers(answer: Answer) -> Headers:
    """What an array can not say: who answered, and what not to trust."""
    version = answer.function.version
    return {
        "X-Model-Name": _in_header(version.name),
        "X-Model-Version": str(version.version),
        "X-Warnings": json.dumps(answer.warnings),
        **{f"X-{name.removeprefix('x_').title()}-Of-X": _in_header(value) for name, value in _origin(answer).items()},
    }


def _in_header(text: str) -> str:
    """Text that a header can have: as addresses have it where it is not plain ASCII."""
    return text if text.isascii() and text.isprintable() else quote(text)


def _origin(answer: Answer) -> Headers:
    """What x = 0 stands for and the unit of x, where x are times."""
    metadata = answer.function.metadata
    said = {"x_origin": metadata.x_origin, "x_unit": metadata.x_unit}
    return {name: value for name, value in said.items() if value is not None}


def _named(values: ByOrder) -> dict[str, object]:
    return {str(order): of_order for order, of_order in values.items()}
