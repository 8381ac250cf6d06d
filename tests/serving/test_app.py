"""The service as its clients see it: a process, HTTP, the fit of the main job."""

import json
from typing import Any

import httpx
import numpy as np
import pytest

from serving.api.schemas import Choice, Evaluate
from serving.app import create_app
from serving.settings import Settings
from tests.support.service import Service

EVALUATE = "/functions/gaussian/evaluate"


def test_get_and_post_answer_the_same(service: Service) -> None:
    query: list[tuple[str, Any]] = [("x", 0.5), ("x", 1), ("x", 6), *(("order", k) for k in (0, 1, 2))]
    got = service.client.get(EVALUATE, params=query).json()
    assert got == service.client.post(EVALUATE, json={"x": [0.5, 1, 6], "orders": [0, 1, 2]}).json()
    assert set(got) == {"model", "x", "derivatives", "in_domain", "warnings"}
    assert set(got["model"]) == {"name", "version", "alias", "run_id"}
    assert got["x"] == [0.5, 1, 6]
    assert got["in_domain"] == [True, True, False]
    assert got["warnings"] == ["extrapolation: 1 of 3 points lie outside the domain [-5, 5]"]
    phi = np.exp(-0.5 * np.array([0.5, 1]) ** 2) / np.sqrt(2 * np.pi)
    truths = {"0": phi, "1": -np.array([0.5, 1]) * phi, "2": (np.array([0.5, 1]) ** 2 - 1) * phi}
    assert set(got["derivatives"]) == set(truths)
    for order, truth in truths.items():
        np.testing.assert_allclose(got["derivatives"][order][:2], truth, atol=0.05)


def test_the_function_alone_is_the_default(service: Service) -> None:
    for answer in (service.client.get(EVALUATE, params={"x": 0}), service.client.post(EVALUATE, json={"x": [0]})):
        assert list(answer.json()["derivatives"]) == ["0"]


def test_derivatives_are_those_of_the_function_that_is_served(service: Service) -> None:
    h = 1e-4
    answer = service.client.post(EVALUATE, json={"x": [0.7 - h, 0.7, 0.7 + h], "orders": [0, 1, 2, 3, 4]}).json()
    values = [np.array(answer["derivatives"][str(order)]) for order in range(5)]
    for order in range(4):
        assert values[order + 1][1] == pytest.approx((values[order][2] - values[order][0]) / (2 * h), abs=1e-6)


@pytest.mark.parametrize(
    ("request_", "status", "detail"),
    [
        (("GET", "/functions/nope/evaluate?x=1"), 404, "no function 'nope' is served"),
        (("GET", EVALUATE), 422, "Field required"),
        (("GET", f"{EVALUATE}?x=one"), 422, "valid number"),
        (("GET", f"{EVALUATE}?x=nan"), 422, "finite number"),
        (("GET", f"{EVALUATE}?x=inf"), 422, "finite number"),
        (("GET", f"{EVALUATE}?x=1&order=5"), 422, "order 5 is above 4, the highest of gaussian version 1"),
        (("GET", f"{EVALUATE}?x=1&order=-1"), 422, "greater than or equal to 0"),
        (("GET", f"{EVALUATE}?x=1&order=1.5"), 422, "valid integer"),
        (("POST", EVALUATE, b""), 422, "JSON"),
        (("POST", EVALUATE, b"{"), 422, "JSON"),
        (("POST", EVALUATE, b"\xff\xfe"), 422, "JSON"),
        (("POST", EVALUATE, b'{"x": []}'), 422, "at least 1"),
        (("POST", EVALUATE, b'{"x": 1}'), 422, "valid array"),
        (("POST", EVALUATE, b'{"x": [NaN]}'), 422, "finite number"),
        (("POST", EVALUATE, b'{"x": [1e999]}'), 422, "finite number"),
        (("POST", EVALUATE, b'{"x": [null]}'), 422, "valid number"),
        (("POST", EVALUATE, b'{"x": [1], "orders": []}'), 422, "at least 1"),
        (("POST", EVALUATE, b'{"x": [1], "order": 1}'), 422, "not permitted"),
        (("POST", EVALUATE, b'{"x": [1], "linspace": [0, 1, 2]}'), 422, "either x or linspace"),
        (("POST", f"{EVALUATE}?order=1", b'{"x": [1]}'), 422, "they belong in the body"),
        (("GET", f"{EVALUATE}?x=abc"), 422, "unable to parse string as a number, not 'abc'"),
        (("GET", f"{EVALUATE}?x=1&x=2&linspace=0,1,2"), 422, "give either x or linspace, not both"),
        (("GET", f"{EVALUATE}?x=1&orders=1"), 422, "in a query it is order, once for each"),
        (("GET", f"{EVALUATE}?X=1"), 422, "known are order, method, step, truth, x, linspace, version, alias"),
        (("GET", f"{EVALUATE}?x=1&version=1&version=2"), 422, "given more than once"),
        (("GET", f"{EVALUATE}?x=1&version=abc"), 422, "unable to parse string as an integer, not 'abc'"),
        (("GET", f"{EVALUATE}?linspace=0,1"), 422, "Field required"),
        (("GET", f"{EVALUATE}?linspace=0;1;2"), 422, "expected a,b,n: n equally spaced points from a to b"),
        (("GET", f"{EVALUATE}?linspace=0,1,2,3"), 422, "expected a,b,n"),
        (("GET", f"{EVALUATE}?linspace=0,1,0"), 422, "greater than or equal to 1"),
        (("GET", f"{EVALUATE}?linspace=-1e308,1e308,3"), 422, "finite number"),
        (("GET", f"{EVALUATE}?linspace=0,1,100001"), 413, "100001 points are more than 100000"),
        (("GET", f"{EVALUATE}?x=1&step=0&method=finite-difference"), 422, "greater than 0"),
        (("GET", f"{EVALUATE}?x=1&order=3&method=finite-difference"), 422, "order 3 is above 2"),
        (("GET", f"{EVALUATE}?x=1&version=1&alias=champion"), 422, "either version or alias"),
        (("GET", f"{EVALUATE}?x=1&version=99"), 404, "gaussian has no version 99"),
        (("GET", f"{EVALUATE}?x=1&alias=challenger"), 404, "has the alias 'challenger'; it has 'champion'"),
        (("POST", EVALUATE, b"[" * 100_000), 422, "recursion limit"),
        (("GET", "/nowhere"), 404, "Not Found"),
        (("PUT", EVALUATE), 405, "Method Not Allowed"),
    ],
    ids=lambda value: " ".join(map(str, value))[:60] if isinstance(value, tuple) else "",
)
def test_bad_requests(service: Service, request_: tuple[Any, ...], status: int, detail: str) -> None:
    method, path, *content = request_
    headers = {"content-type": "application/json"} if content else {}
    answer = service.client.request(method, path, content=content[0] if content else None, headers=headers)
    assert (answer.status_code, detail in answer.text) == (status, True), answer.text
    told = answer.json()
    assert isinstance(told.pop("detail"), str)
    assert told.keys() <= {"issues"}


@pytest.mark.parametrize("query", ["x=1&order=-1", "linspace=0;1;2", "linspace=0", "X=1", "x=1&order=", "x=1&step=a"])
def test_a_mistake_is_one_complaint(service: Service, query: str) -> None:
    answer = service.client.get(f"{EVALUATE}?{query}")
    (issue,) = answer.json()["issues"]
    assert issue["loc"][0] == "query"
    assert issue["loc"][1] == query.replace("x=1&", "").partition("=")[0]
    assert not issue["msg"].startswith("Value error")


def test_of_many_mistakes_a_few_are_told(service: Service) -> None:
    answer = service.client.post(EVALUATE, json={"x": ["a"] * 20_000})
    assert (answer.status_code, len(answer.json()["issues"])) == (422, 1)
    answer = service.client.post(EVALUATE, json={"x": [1]} | {f"a{i}": 0 for i in range(20_000)})
    assert answer.status_code == 422
    assert 10 < len(answer.json()["issues"]) <= 24
    answer = service.client.get(EVALUATE, params={"x": ["a"] * 1_000})
    assert (answer.status_code, len(answer.json()["issues"])) == (422, 1)


@pytest.mark.parametrize("value", ["1", True, None, [1], {}])
def test_what_is_no_number_in_json(service: Service, value: object) -> None:
    answer = service.client.post(EVALUATE, json={"x": [value]})
    assert (answer.status_code, answer.json()["issues"][0]["loc"]) == (422, ["body", "x", 0])
    for field in ("orders", "linspace"):
        assert service.client.post(EVALUATE, json={"x": [1], field: [value] * 3}).status_code == 422
    assert service.client.post(EVALUATE, json={"x": [1], "orders": [1.0]}).status_code == 200, "a whole number"


def test_a_body_above_the_limit(service: Service) -> None:
    body = json.dumps({"x": [0.1234567890123456789] * 200_000}).encode()
    headers = {"content-type": "application/json"}
    announced = service.client.post(EVALUATE, content=body, headers=headers)
    chunks = (body[i : i + 65_536] for i in range(0, len(body), 65_536))
    streamed = httpx.post(service.url + EVALUATE, content=chunks, headers=headers)
    for answer in (announced, streamed):
        assert (answer.status_code, answer.json()) == (413, {"detail": "the body is larger than 2200000 bytes"})


def test_more_points_than_the_limit(service: Service) -> None:
    answer = service.client.post(EVALUATE, json={"x": [0] * 100_001})
    assert (answer.status_code, answer.json()) == (413, {"detail": "100001 points are more than 100000"})


def test_as_many_points_as_the_limit(service: Service) -> None:
    x = np.linspace(-5, 5, 100_000)
    answer = service.client.post(EVALUATE, json={"x": x.tolist(), "orders": [0, 1, 2]})
    assert answer.status_code == 200
    assert [len(values) for values in answer.json()["derivatives"].values()] == [100_000] * 3


@pytest.mark.parametrize("step", ["1e160", "1e308", "5e-324"])
def test_steps_beyond_any_use(service: Service, step: str) -> None:
    query: list[tuple[str, Any]] = [
        ("x", 1),
        ("order", 1),
        ("order", 2),
        ("step", step),
        ("method", "finite-difference"),
    ]
    answer = service.client.get(EVALUATE, params=query)
    assert answer.status_code == 200
    assert len(answer.json()["finite_differences"]["2"]) == 1


def test_beyond_float64_is_null_and_said(service: Service) -> None:
    answer = service.client.post(EVALUATE, json={"x": [1e308], "orders": [0, 1]})
    assert answer.status_code == 200
    assert all(
        value is None or abs(value) < 1e300 for values in answer.json()["derivatives"].values() for value in values
    )


def test_the_interface_is_what_it_was(store: str) -> None:
    """Frozen: a client's code depends on it. A change here is a change for every user."""
    schema = create_app(Settings(tracking_uri=store)).openapi()
    responses = {
        f"{method.upper()} {path}": " ".join(sorted(operation["responses"]))
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    }
    asking = "200 401 404 408 409 413 415 422 503 504"
    inferring = "200 400 401 404 408 409 413 415 422 503 504"
    bridging = "200 400 401 408 413 415 500 503 504"
    assert responses == {
        "GET /functions/{name}/evaluate": asking,
        "POST /functions/{name}/evaluate": asking,
        "GET /functions/{name}/samples": "200 401 404 409 422 503",
        "POST /classifiers/{name}/predict": asking,
        "GET /models": "200 401",
        "GET /models/{name}/versions": "200 401 404 422 503",
        "GET /v2": "200 401",
        "GET /v2/health/live": "200",
        "GET /v2/health/ready": "200 503",
        "GET /v2/models/{name}": asking,
        "GET /v2/models/{name}/ready": asking,
        "POST /v2/models/{name}/infer": inferring,
        "GET /v2/models/{name}/versions/{version}": asking,
        "GET /v2/models/{name}/versions/{version}/ready": asking,
        "POST /v2/models/{name}/versions/{version}/infer": inferring,
        "GET /umbridge/Info": "200 401",
        **{f"POST /umbridge/{name}": bridging for name in ("ModelInfo", "InputSizes", "OutputSizes")},
        **{f"POST /umbridge/{name}": bridging for name in ("Evaluate", "Gradient", "ApplyJacobian", "ApplyHessian")},
        "GET /health/live": "200",
        "GET /health/ready": "200 503",
        "GET /metrics": "200 401",
        "POST /webhooks/mlflow": "204 401 404 413",
    }
    assert sorted(Evaluate.model_fields) == ["linspace", "method", "orders", "step", "truth", "x"]
    assert sorted(Choice.model_fields) == ["alias", "version"]
    fields = {name: sorted(entry.get("properties", ())) for name, entry in schema["components"]["schemas"].items()}
    assert fields["Evaluation"] == [
        *("derivatives", "finite_differences", "in_domain", "model", "standard_deviations", "truth", "warnings", "x"),
        *("x_origin", "x_unit"),
    ]
    assert fields["FieldEvaluation"] == [
        *("derivatives", "gradient", "hessian", "in_domain", "in_domain_by_variable", "model", "outputs"),
        *("standard_deviations", "value", "variables", "warnings", "x"),
    ]
    assert fields["FieldModel"] == [
        *("activation", "alias", "bands", "domain", "errors", "kind", "name", "noise", "order", "outputs"),
        *("run_id", "run_url", "target", "variables", "version", "warnings"),
    ]
    assert fields["Served"] == ["alias", "name", "run_id", "version"]
    assert fields["Refused"] == ["alias", "kind", "name", "reason", "run_id", "version"]
    assert fields["Model"] == [
        *("activation", "alias", "bands", "condition", "domain", "errors", "kind", "name", "orders", "rounding"),
        *("run_id", "run_url", "samples", "target", "truth_orders", "version", "warnings"),
        *("x_name", "x_origin", "x_unit", "y_name"),
    ]
