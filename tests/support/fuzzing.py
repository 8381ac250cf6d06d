"""Requests that are valid or nearly so, to every endpoint; and what is true of every answer."""

import gzip
import io
import json
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx
import numpy as np
from hypothesis import strategies as st
from PIL import Image

JSON, NPY = "application/json", "application/x-npy"
MODELS = ["f", "wave", "digits", "colours", "nope", "f%2F", "ψ", "\0", "f" * 300]


class Sent(NamedTuple):
    """A request."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    content: bytes

    def to(self, client: httpx.Client) -> httpx.Response:
        """Its answer."""
        url = f"{client.base_url}{self.path}".rstrip("/") + (f"?{self.query}" if self.query else "")
        headers = [(name.encode(), value.encode()) for name, value in self.headers.items()]
        return client.request(self.method, url, headers=headers, content=self.content)


_numbers = st.one_of(
    st.integers(-3, 5),
    st.sampled_from([0.5, 1e160, -1e308, 5e-324, 1e400, float("nan"), 2**53 + 1, 2**70, 10**400, -0.0, 1.0]),
    st.floats(),
)
_leaves = st.one_of(st.none(), st.booleans(), _numbers, st.text(max_size=5), st.sampled_from(["1", "exact", "d0", ""]))
_values = st.recursive(
    _leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=12,
)


def _nearly(draw: Any, valid: Any) -> Any:
    """A value with one part of it replaced, or none."""
    if draw(st.integers(0, 3)) == 0:
        return draw(_values)
    if isinstance(valid, dict) and valid:
        name = draw(st.sampled_from(sorted(valid)))
        changed = valid | {name: _nearly(draw, valid[name])}
        return (
            {key: value for key, value in changed.items() if key != name} if draw(st.integers(0, 5)) == 0 else changed
        )
    if isinstance(valid, list) and valid:
        index = draw(st.integers(0, len(valid) - 1))
        return [*valid[:index], _nearly(draw, valid[index]), *valid[index + 1 :]]
    return valid


_EVALUATE: list[Any] = [
    {"x": [0.5, 1, -2], "orders": [0, 1, 2]},
    {"linspace": [-5, 5, 7], "orders": [0, 4], "method": "finite-difference", "step": 0.1, "truth": True},
]
_FIELD: list[Any] = [
    {"x": [[0.5, 1], [-2, 0]], "orders": [0, 1, 2], "derivatives": ["x", "x,y"]},
    {"x": {"x": [0.5, 1], "y": [2, 3]}, "derivatives": ["y"]},
]
_BRIDGE: dict[str, Any] = {
    "name": "wave",
    "input": [[0.5, 1]],
    "sens": [1, 2, 3],
    "vec": [1, 0],
    "config": {"version": 1, "extrapolate": True},
    **dict.fromkeys(("outWrt", "inWrt", "inWrt1", "inWrt2"), 0),
}
_ACTIONS = ["ModelInfo", "InputSizes", "OutputSizes", "Evaluate", "Gradient", "ApplyJacobian", "ApplyHessian"]
_INFER: list[Any] = [
    {
        "inputs": [{"name": "x", "datatype": "FP64", "shape": [1, 2], "data": [[0, 1]]}],
        "outputs": [{"name": "hessian"}],
    },
    {"id": "a", "inputs": [{"name": "x", "datatype": "FP64", "shape": [2], "data": [0, 1.5]}]},
    {"inputs": [{"name": "x", "datatype": "FP64", "shape": [1], "data": [1]}], "outputs": [{"name": "d1"}]},
    {
        "inputs": [{"name": "x", "datatype": "FP64", "shape": [1], "parameters": {"binary_data_size": 8}}],
        "parameters": {"binary_data_output": True},
    },
    {"inputs": [{"name": "pixels", "datatype": "UINT8", "shape": [1, 2, 2], "data": [[[0, 1], [2, 255]]]}]},
]
_PREDICT: list[Any] = [{"pixels": np.zeros((28, 28), int).tolist()}, {"pixels": np.zeros((2, 32, 32, 3), int).tolist()}]


def _npy(points: int) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.linspace(-5, 5, points))
    return stream.getvalue()


def _multipart() -> bytes:
    stream = io.BytesIO()
    Image.new("L", (30, 20), 255).save(stream, "png")
    head = b'--b\r\nContent-Disposition: form-data; name="pictures"; filename="a.png"\r\n\r\n'
    return head + stream.getvalue() + b"\r\n--b--\r\n"


def _mutated(draw: Callable[[st.SearchStrategy[Any]], Any], content: bytes) -> bytes:
    """A body with some of its bytes changed, cut off or repeated."""
    kind = draw(st.integers(0, 5)) if content else 5
    start = draw(st.integers(0, max(len(content) - 1, 0)))
    if kind == 0:
        return content[:start]
    if kind == 1:
        inserted: bytes = draw(st.binary(max_size=8))
        return content[:start] + inserted + content[start + draw(st.integers(0, 8)) :]
    if kind == 2:
        return content + content[start:]
    return content


@st.composite
def requests(draw: Any) -> Sent:
    """Requests to all endpoints."""
    name = quote(draw(st.sampled_from(MODELS)), safe="%")
    kind = draw(st.sampled_from(["evaluate", "field", "bridge", "query", "npy", "infer", "predict", "files", "other"]))
    headers = draw(_headers)
    method, query, content = "POST", "", b""
    bodies = {"evaluate": _EVALUATE, "field": _FIELD, "bridge": [_BRIDGE], "infer": _INFER, "predict": _PREDICT}
    if kind in bodies:
        valid = draw(st.sampled_from(bodies[kind]))
        content = json.dumps(_nearly(draw, valid)).encode("utf-8", "surrogatepass")
        if kind == "infer" and draw(st.booleans()):
            headers["inference-header-content-length"] = draw(
                st.sampled_from([str(len(content)), "-1", "9" * 5_000, "٣", str(len(content) + 8), "1_0"])
            )
            content += draw(st.binary(min_size=8, max_size=8))
    elif kind == "npy":
        content, headers["content-type"] = _mutated(draw, _npy(draw(st.integers(0, 5)))), NPY
    elif kind == "files":
        content, headers["content-type"] = _mutated(draw, _multipart()), "multipart/form-data; boundary=b"
    if kind in ("query", "npy"):
        query = draw(_queries)
    if kind in ("query", "other"):
        method = draw(st.sampled_from(["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "TRACE"]))
    if draw(st.integers(0, 7)) == 0 and content:
        content, headers["content-encoding"] = _mutated(draw, gzip.compress(content, mtime=0)), "gzip"
    path = {"infer": f"/v2/models/{name}/infer", "predict": f"/classifiers/{name}/predict"}.get(kind)
    path = path or (f"/umbridge/{draw(st.sampled_from(_ACTIONS))}" if kind == "bridge" else None)
    path = path or ("/functions/wave/evaluate" if kind == "field" else None)
    path = path or {"files": f"/classifiers/{name}/predict", "other": draw(_paths(name))}.get(kind)
    return Sent(method, path or f"/functions/{name}/evaluate", query, headers, content)


_headers = st.dictionaries(
    st.sampled_from(["accept", "content-type", "accept-encoding", "x-request-id", "x-mlflow-timestamp", "range"]),
    st.sampled_from(
        [*(JSON, NPY, "text/html", "multipart/form-data"), *("gzip", "*/*", "a" * 300, "bytes=0-1", "é", "9" * 5_000)]
    ),
    max_size=3,
)
_queries = st.lists(
    st.tuples(
        st.sampled_from(
            ["x", "order", "derivative", "linspace", "method", "step", "truth", "version", "alias", "orders", "X", ""]
        ),
        st.one_of(
            st.sampled_from(["0.5", "1", "1e160", "1e308", "-5,5,7", "0,1,1e9", "-1e308,1e308,3", "finite-difference"]),
            st.sampled_from(["true", "nan", "9" * 5_000, "champion", "1,2,3,4", "\0", "ψ", ""]),
            st.text(max_size=4),
        ),
    ),
    max_size=6,
).map(lambda fields: "&".join(f"{name}={quote(value, errors='replace')}" for name, value in fields))


def _paths(name: str) -> st.SearchStrategy[str]:
    return st.sampled_from(
        [
            *("/", "/docs", "/openapi.json", "/models", f"/models/{name}/versions", "/health/live", "/health/ready"),
            *("/umbridge/Info", "/umbridge/", "/umbridge/Evaluate", "/umbridge"),
            *("/v2", "/v2/health/live", f"/v2/models/{name}", f"/v2/models/{name}/ready"),
            *("/webhooks/mlflow", "/metrics"),
            *(f"/v2/models/{name}/versions/{version}" for version in ("1", "0", "-1", "9" * 30, "x")),
            *("/static/main.js", "/static/../x", "/static/%00", "/nowhere", "//", "/functions//evaluate"),
        ]
    )


def require_sound(sent: Sent, answer: httpx.Response) -> None:
    """Every answer is one that is meant: never a mistake of the service."""
    status = answer.status_code
    beyond = status == 500 and sent.path.startswith("/umbridge/") and "beyond the range of float64" in answer.text
    assert status < 500 or status in (503, 504) or beyond, (sent, answer.text[:300])
    if status >= 400 and sent.method != "HEAD" and answer.headers.get("content-type") == JSON:
        said = answer.json().keys()
        assert said in ({"detail"}, {"detail", "issues"}, {"error"}), (sent, answer.text[:300])
    assert len(answer.content) < 20_000_000
