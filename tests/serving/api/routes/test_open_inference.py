"""The Open Inference Protocol, as an existing client speaks it."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

from tests.support.service import Service


@pytest.fixture
def client(service: Service) -> Iterator[triton.InferenceServerClient]:
    with _client(service) as client:
        yield client


@contextmanager
def _client(service: Service) -> Iterator[triton.InferenceServerClient]:
    client = triton.InferenceServerClient(service.url.removeprefix("http://"))
    yield client
    client.close()


def points(x: np.ndarray, binary: bool = True) -> list[triton.InferInput]:
    tensor = triton.InferInput("x", list(x.shape), "FP64")
    tensor.set_data_from_numpy(x, binary_data=binary)
    return [tensor]


def test_the_server_and_the_model_describe_themselves(client: triton.InferenceServerClient) -> None:
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("gaussian")
    assert client.is_model_ready("gaussian", "1")
    assert not client.is_model_ready("nope")
    assert client.get_server_metadata()["extensions"] == ["binary_tensor_data"]
    described = client.get_model_metadata("gaussian")
    assert described["inputs"] == [{"name": "x", "datatype": "FP64", "shape": [-1]}]
    assert [output["name"] for output in described["outputs"]] == ["d0", "d1", "d2", "d3", "d4"]


@pytest.mark.parametrize("sent", [True, False])
@pytest.mark.parametrize("answered", [True, False])
@pytest.mark.parametrize("compression", [None, "gzip", "deflate"])
def test_json_and_binary_tensors(
    service: Service, client: triton.InferenceServerClient, sent: bool, answered: bool, compression: str | None
) -> None:
    x = np.linspace(-5, 5, 1_001)
    wanted = [triton.InferRequestedOutput(name, binary_data=answered) for name in ("d2", "d0")]
    answer = client.infer(
        "gaussian", points(x, sent), outputs=wanted, request_id="7", request_compression_algorithm=compression,
        response_compression_algorithm=compression,
    )  # fmt: skip
    expected = service.client.post("/functions/gaussian/evaluate", json={"x": x.tolist(), "orders": [0, 2]}).json()
    for order in ("0", "2"):
        assert answer.as_numpy(f"d{order}").tolist() == expected["derivatives"][order]
    response = answer.get_response()
    assert (response["id"], response["model_version"]) == ("7", "1")


def test_all_outputs_unless_some_are_named(client: triton.InferenceServerClient) -> None:
    answer = client.infer("gaussian", points(np.zeros(2)), model_version="1")
    assert [output["name"] for output in answer.get_response()["outputs"]] == ["d0", "d1", "d2", "d3", "d4"]


@pytest.mark.parametrize("binary", [True, False])
def test_functions_of_several_variables(fields: Service, binary: bool) -> None:
    x = np.random.default_rng(0).uniform(-1, 1, (7, 2))
    with _client(fields) as client:
        described = client.get_model_metadata("wave")
        answer = client.infer("wave", points(x, binary))
    assert described["inputs"] == [{"name": "x", "datatype": "FP64", "shape": [-1, 2]}]
    assert [output["shape"] for output in described["outputs"]] == [[-1, 3], [-1, 3, 2], [-1, 3, 2, 2]]
    expected = fields.client.post("/functions/wave/evaluate", json={"x": x.tolist(), "orders": [0, 1, 2]}).json()
    for name in ("value", "gradient", "hessian"):
        assert answer.as_numpy(name).tolist() == expected[name]


def test_extrapolation_is_said(client: triton.InferenceServerClient) -> None:
    response = client.infer("gaussian", points(np.array([0.0, 9.0]))).get_response()
    assert "extrapolation: 1 of 2 points" in response["parameters"]["warnings"]


def test_errors_reach_the_client(client: triton.InferenceServerClient) -> None:
    with pytest.raises(InferenceServerException, match=r"has no output 'd9'"):
        client.infer("gaussian", points(np.zeros(1)), outputs=[triton.InferRequestedOutput("d9")])
    with pytest.raises(InferenceServerException, match="no model 'nope' is served"):
        client.infer("nope", points(np.zeros(1)))
    with pytest.raises(InferenceServerException, match="100001 points are more than 100000"):
        client.infer("gaussian", points(np.zeros(100_001)))


def request(rest: str) -> str:
    return '{"inputs": [{"name": "x", "datatype": "FP64", "shape": ' + rest + "}]}"


@pytest.mark.parametrize(
    ("body", "length", "error"),
    [
        ("", None, "JSON"),
        ("{}", None, "inputs: Field required"),
        ('{"inputs": []}', None, "at least 1"),
        (request("[1]"), None, "x: neither data nor binary_data_size"),
        (request('[2], "data": [1]'), None, "x: data are not FP64 of shape [2]: got 1 of 2 numbers"),
        (request('[1], "data": ["1"]'), None, "x: data are not FP64 of shape [1]: '1' is no number"),
        (request('[1], "data": [true]'), None, "True is no number"),
        (request('[2], "data": [[1], [2, 3]]'), None, "rows of different lengths"),
        (request(f'[1], "data": [{2**70}]'), None, "numbers beyond 64 bits"),
        (request('[1], "data": [null]'), None, r"data are not FP64"),
        (
            request('[1, 1], "data": [1]'),
            None,
            "expected FP64 of shape [-1] (-1: any number), not empty; got FP64 of shape [1, 1]",
        ),
        (request('[0], "data": []'), None, "not empty"),
        (request('[99999999999], "data": []'), None, "less than or equal"),
        (
            '{"inputs": [{"name": "x", "datatype": "FP16", "shape": [1], "data": [1]}]}',
            None,
            "none of FP64, FP32, UINT8, INT64, but 'FP16'",
        ),
        ('{"inputs": [{"name": "x", "datatype": "FP32", "shape": [1], "data": [1]}]}', None, "expected FP64"),
        (
            '{"inputs": [{"name": "x", "datatype": "UINT8", "shape": [1], "data": [300]}]}',
            None,
            "not UINT8 of shape [1]: 300 is not",
        ),
        ('{"inputs": [{"name": "x", "datatype": "UINT8", "shape": [1], "data": [1.5]}]}', None, "1.5 is not"),
        (
            '{"inputs": [{"name": "y", "datatype": "FP64", "shape": [1], "data": [1]}]}',
            None,
            "one input, 'x' (FP64 of shape [-1]); got 'y'",
        ),
        (request('[1], "parameters": {"binary_data_size": 8}'), None, "has 8 bytes, not 8 announced and 0 sent"),
        (request('[1], "data": [1]') + "+", "54", "1 bytes of binary data follow"),
        ("{}", "-1", "not a length within the body of 2 bytes, but '-1'"),
        ("{}", "99", "not a length"),
        ("{}", "9" * 5_000, "not a length"),
    ],
)
def test_what_is_not_a_request(service: Service, body: str, length: str | None, error: str) -> None:
    if length == "54":
        length = str(len(body) - 1)
    headers = {"Inference-Header-Content-Length": length} if length else {}
    answer = service.client.post("/v2/models/gaussian/infer", content=body.encode(), headers=headers)
    assert answer.status_code == 400, answer.text
    assert list(answer.json()) == ["error"]
    assert error in answer.json()["error"]


def test_what_is_not_a_version_is_one_sentence(service: Service) -> None:
    answer = service.client.get("/v2/models/gaussian/versions/abc")
    assert answer.json()["error"].startswith("path.version: Input should be a valid integer")


def test_two_tensors_of_one_name_are_refused(service: Service) -> None:
    tensor = {"name": "x", "datatype": "FP64", "shape": [1], "data": [1]}
    answer = service.client.post("/v2/models/gaussian/infer", json={"inputs": [tensor, tensor]})
    assert (answer.status_code, answer.json()) == (400, {"error": "inputs: two are named 'x'"})
