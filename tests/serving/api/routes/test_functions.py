"""What can be asked of a function, over HTTP: points in every form, finite differences, the truth, binary answers."""

import gzip
import io
from typing import Any

import numpy as np
import pytest

from serving.api.schemas import Evaluation
from tests.support.arrays import npy
from tests.support.rounding import assert_close
from tests.support.service import Service
from training.targets.named import Gaussian

EVALUATE = "/functions/gaussian/evaluate"
NPY = "application/x-npy"


def ask(service: Service, **query: Any) -> dict[str, Any]:
    answer = service.client.get(EVALUATE, params=query)
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    Evaluation.model_validate(content)
    return content


def test_linspace_is_those_points(service: Service) -> None:
    x = np.linspace(-1, 2, 7).tolist()
    by_x = ask(service, x=x, order=[0, 2])
    assert ask(service, linspace="-1,2,7", order=[0, 2]) == by_x
    assert service.client.post(EVALUATE, json={"linspace": [-1, 2, 7], "orders": [0, 2]}).json() == by_x


def test_finite_differences_are_the_study_s(service: Service) -> None:
    h = 0.01
    answer = ask(service, x=[0.5, 5], order=[0, 1, 2], method="finite-difference", step=h)
    (left,), (here,), (right,) = (
        ask(service, x=value, order=0)["derivatives"]["0"] for value in (0.5 - h, 0.5, 0.5 + h)
    )
    assert set(answer["finite_differences"]) == {"1", "2"}
    # 0.5 - h is rounded on its way here, and the difference divided by h or its square.
    assert_close(answer["finite_differences"]["1"][0], (right - here) / h, roundings=50, magnitude=1 / h)
    assert_close(answer["finite_differences"]["2"][0], (right + left - 2 * here) / h**2, 50, magnitude=1 / h**2)
    assert answer["warnings"] == ["extrapolation: 1 of 2 finite differences reach outside the domain"]


def test_the_truth_is_that_of_the_target_and_unknown_outside(service: Service) -> None:
    answer = ask(service, x=[-5, 0.5, 5, 6], order=[0, 1, 2], truth=True)
    for order in range(3):
        values = answer["truth"][str(order)]
        assert_close(values[:3], Gaussian().derivative(np.array([-5, 0.5, 5]), order), roundings=20, magnitude=1)
        assert values[3] is None
    assert ask(service, x=0, order=3, truth=True)["warnings"] == [
        "truth: not stored for order 3, only for orders 0, 1, 2"
    ]


@pytest.mark.parametrize("dtype", ["<f8", ">f8", "<f4", "<i4"])
def test_arrays_are_taken_and_answered(service: Service, dtype: str) -> None:
    x = np.array([-3, 0, 1, 7], dtype)
    answer = service.client.post(
        f"{EVALUATE}?order=1&order=0", content=npy(x), headers={"content-type": NPY, "accept": NPY}
    )
    assert (answer.status_code, answer.headers["content-type"]) == (200, NPY)
    table = np.load(io.BytesIO(answer.content), allow_pickle=False)
    expected = ask(service, x=[-3, 0, 1, 7], order=[1, 0])
    assert table.dtype.names == ("x", "d1", "d0", "in_domain")
    for name, values in {"d1": expected["derivatives"]["1"], "d0": expected["derivatives"]["0"]}.items():
        assert table[name].tolist() == values
    assert table["in_domain"].tolist() == expected["in_domain"] == [True, True, True, False]
    assert "extrapolation" in answer.headers["x-warnings"]
    assert answer.headers["x-model-version"] == "1"


@pytest.mark.parametrize(
    ("content", "status", "detail"),
    [
        (b"", 422, "not an array"),
        (b"\x93NUMPY\x01\x00\xff\xff", 422, "not an array"),
        (npy(np.zeros((2, 2))), 422, "expected an array"),
        (npy(np.zeros(0)), 422, "expected an array"),
        (npy(np.array([{}])), 422, "expected an array"),
        (npy(np.array([1j])), 422, "expected an array"),
        (npy(np.array([np.nan])), 422, "finite"),
        (npy(np.zeros(4))[:-1], 422, "promises 32 bytes, 31 follow"),
        (npy(np.zeros(4)).replace(b"(4,)", b"(10**9,)"), 422, "not an array"),
        (npy(np.zeros(1)).replace(b"(1,), }         ", b"(999999999999,)}"), 413, "more than 100000"),
    ],
)
def test_what_is_not_an_array_of_points(service: Service, content: bytes, status: int, detail: str) -> None:
    answer = service.client.post(EVALUATE, content=content, headers={"content-type": NPY})
    assert (answer.status_code, detail in answer.text) == (status, True), answer.text


def test_compression_both_ways(service: Service) -> None:
    body = b'{"linspace": [-5, 5, 5000], "orders": [0, 1]}'
    headers = {"content-type": "application/json", "content-encoding": "gzip", "accept-encoding": "gzip"}
    answer = service.client.post(EVALUATE, content=gzip.compress(body, mtime=0), headers=headers)
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.json()["x"]) == 5_000


@pytest.mark.parametrize(
    ("content", "encoding", "status", "detail"),
    [
        (b"nonsense", "gzip", 415, "is not gzip"),
        (gzip.compress(b"{}", mtime=0)[:-4], "gzip", 415, "ends before"),
        (gzip.compress(bytes(3_000_000), mtime=0), "gzip", 413, "larger than 2200000 bytes"),
        (b"{}", "br", 415, "only gzip, deflate"),
    ],
    ids=["no gzip", "cut off", "too large", "unknown"],
)
def test_what_can_not_be_decompressed(
    service: Service, content: bytes, encoding: str, status: int, detail: str
) -> None:
    headers = {"content-type": "application/json", "content-encoding": encoding}
    answer = service.client.post(EVALUATE, content=content, headers=headers)
    assert (answer.status_code, detail in answer.text) == (status, True), answer.text


def test_a_format_that_is_not_read(service: Service) -> None:
    answer = service.client.post(EVALUATE, content=b"x=1", headers={"content-type": "text/plain"})
    assert (answer.status_code, answer.json()["detail"]) == (
        415,
        "Content-Type: expected application/json or application/x-npy",
    )


def test_numbers_round_trip(service: Service) -> None:
    x = np.random.default_rng(0).uniform(-5, 5, 1_000)
    content = service.client.post(EVALUATE, json={"x": x.tolist()}).json()
    assert content["x"] == x.tolist()
