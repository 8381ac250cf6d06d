"""Writes answers: as JSON, in which every number round-trips, or as an array in NumPy's format."""

import io
import json

import numpy as np
import orjson
from starlette.responses import Response

from serving.evaluate import Answer, ByOrder
from serving.schemas import described

Headers = dict[str, str]


class Written(Response):
    """An answer that is written already; Response would take longer to make than a function at a point."""

    def __init__(self, body: bytes, media_type: bytes):
        self.status_code, self.body, self.background = 200, body, None
        self.raw_headers = [(b"content-length", b"%d" % len(body)), (b"content-type", media_type)]


def as_json(answer: Answer) -> bytes:
    """An Evaluation (serving.schemas); what is not finite is null."""
    content: dict[str, object] = {
        "model": described(answer.function.version),
        "x": answer.x,
        **_origin(answer),
        "derivatives": _named(answer.derivatives),
    }
    optional = {
        "standard_deviations": answer.deviations,
        "finite_differences": answer.differences,
        "truth": answer.truth,
    }
    content |= {name: _named(values) for name, values in optional.items() if values}
    content |= {"in_domain": answer.inside, "warnings": answer.warnings}
    return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)


def as_npy(answer: Answer) -> bytes:
    """A structured array (n,) with the fields x, d0 …, s0 … (standard deviations), h1 … (finite differences),
    t0 … (truth) and in_domain.
    """
    columns = {"x": answer.x}
    parts = {"d": answer.derivatives, "s": answer.deviations, "h": answer.differences, "t": answer.truth}
    for letter, by_order in parts.items():
        columns |= {f"{letter}{order}": values for order, values in by_order.items()}
    table = np.empty(len(answer.x), [*((name, "<f8") for name in columns), ("in_domain", "?")])
    for name, values in columns.items():
        table[name] = values
    table["in_domain"] = answer.inside
    stream = io.BytesIO()
    np.save(stream, table, allow_pickle=False)
    return stream.getvalue()


def headers(answer: Answer) -> Headers:
    """What an array can not say: who answered, and what not to trust."""
    version = answer.function.version
    return {
        "X-Model-Name": version.name,
        "X-Model-Version": str(version.version),
        "X-Warnings": json.dumps(answer.warnings),
        **{f"X-{name.removeprefix('x_').title()}-Of-X": value for name, value in _origin(answer).items()},
    }


def _origin(answer: Answer) -> Headers:
    """What x = 0 stands for and the unit of x, where x are times."""
    metadata = answer.function.metadata
    said = {"x_origin": metadata.x_origin, "x_unit": metadata.x_unit}
    return {name: value for name, value in said.items() if value is not None}


def _named(values: ByOrder) -> dict[str, object]:
    return {str(order): of_order for order, of_order in values.items()}
