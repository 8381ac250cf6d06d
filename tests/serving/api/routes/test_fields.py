"""What can be asked of a function of several variables: points by position and by name, derivatives, arrays."""

import io
from typing import Any

import numpy as np
import pytest

from serving.api.field_schemas import FieldEvaluation, FieldModel
from tests.support.arrays import npy
from tests.support.rounding import assert_close
from tests.support.served_field import LAYERS, ROOTS, UNITS
from tests.support.service import Service
from training.export.field_graph import FieldDerivatives
from training.export.self_check import evaluate as by_module
from training.models.field_network import FieldNetwork, evaluate

NPY = "application/x-npy"
X = np.random.default_rng(0).uniform(-1, 1, (7, 2))
WAVE = "/functions/wave/evaluate"


def ask(service: Service, path: str = WAVE, **body: Any) -> dict[str, Any]:
    answer = service.client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    FieldEvaluation.model_validate(content)
    return content


def test_value_gradient_and_hessian_are_the_network_s(fields: Service) -> None:
    answer = ask(fields, x=X.tolist(), orders=[0, 1, 2])
    for name, truth in zip(("value", "gradient", "hessian"), evaluate(FieldNetwork(LAYERS), X, 2), strict=True):
        assert_close(np.array(answer[name]), truth, roundings=1_000, magnitude=max(1, np.abs(truth).max()))
    assert answer["x"] == X.tolist()
    assert (answer["variables"], answer["outputs"]) == (["x", "y"], ["u", "v", "w"])
    assert answer["warnings"] == []
    assert "standard_deviations" not in answer


def test_points_by_name_are_those_by_position(fields: Service) -> None:
    columns = {"y": X[:, 1].tolist(), "x": X[:, 0].tolist()}
    assert ask(fields, x=columns, orders=[1]) == ask(fields, x=X.tolist(), orders=[1])
    by_query = fields.client.get(WAVE, params={"x": [f"{x!r},{y!r}" for x, y in X.tolist()], "order": [1]})
    assert by_query.json() == ask(fields, x=X.tolist(), orders=[1])


def test_partial_derivatives_by_name_are_parts_of_gradient_and_hessian(fields: Service) -> None:
    answer = ask(fields, x=X.tolist(), derivatives=["y", "x,y", "y,x", "x,x"])
    assert not {"value", "gradient", "hessian"} & answer.keys()
    _, gradient, hessian = evaluate(FieldNetwork(LAYERS), X, 2)
    truths = {"y": gradient[..., 1], "x,y": hessian[..., 0, 1], "y,x": hessian[..., 0, 1], "x,x": hessian[..., 0, 0]}
    assert answer["derivatives"].keys() == truths.keys()
    for name, truth in truths.items():
        assert_close(np.array(answer["derivatives"][name]), truth, roundings=1_000, magnitude=10)
    by_query = fields.client.get(WAVE, params={"x": "0.5,0.2", "derivative": ["x", "x,y"], "order": 0})
    assert by_query.json() == ask(fields, x=[[0.5, 0.2]], derivatives=["x", "x,y"], orders=[0])


def test_a_posterior_s_standard_deviations(fields: Service) -> None:
    x = np.random.default_rng(1).uniform(-1, 1, (5, 3))
    answer = ask(fields, "/functions/noisy/evaluate", x=x.tolist(), orders=[0, 1, 2], derivatives=["z"])
    truths = by_module(FieldDerivatives(FieldNetwork(UNITS), 0, ROOTS), x)[1:]
    found = answer["standard_deviations"]
    assert found.keys() == {"value", "gradient", "derivatives"}
    for given, truth in zip([found["value"], found["gradient"]], truths, strict=True):
        assert_close(np.array(given), truth, roundings=10_000, magnitude=1)
    assert np.array(found["derivatives"]["z"]).tolist() == np.array(found["gradient"])[..., 2].tolist()
    assert ask(fields, "/functions/noisy/evaluate", x=x.tolist())["standard_deviations"].keys() == {"value"}


def test_points_outside_are_flagged_by_variable(fields: Service) -> None:
    answer = ask(fields, x=[[0, 0], [0, 5], [-2, 5]])
    assert answer["in_domain"] == [True, False, False]
    assert answer["in_domain_by_variable"] == {"x": [True, True, False], "y": [True, False, False]}
    (warning,) = answer["warnings"]
    assert warning == (
        "extrapolation: 2 of 3 points lie outside the domain: x outside [-1, 1] at 1, y outside [-1, 2] at 2"
    )


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["<f8", ">f8", "<f4", "<i4"])
def test_arrays_are_taken_and_answered(fields: Service, dtype: str, order: Any) -> None:
    x = np.array([[0, 1], [-1, 0.5], [1, 7]]).astype(dtype)
    query = f"{WAVE}?order=0&order=1&derivative=x,y"
    content = npy(np.asarray(x, order=order))
    answer = fields.client.post(query, content=content, headers={"content-type": NPY, "accept": NPY})
    assert (answer.status_code, answer.headers["content-type"]) == (200, NPY), answer.text
    table = np.load(io.BytesIO(answer.content), allow_pickle=False)
    expected = ask(fields, x=x.astype(float).tolist(), orders=[0, 1], derivatives=["x,y"])
    assert table.dtype.names == ("x", "value", "gradient", "derivative_0_1", "in_domain")
    for name in ("x", "value", "gradient"):
        assert table[name].tolist() == expected[name]
    assert table["derivative_0_1"].tolist() == expected["derivatives"]["x,y"]
    assert table["in_domain"].tolist() == [[True, True], [True, True], [True, False]]
    assert "extrapolation" in answer.headers["x-warnings"]


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"x": [[1, 2, 3]]}, 422, "x: expected rows of 2 numbers (x, y), as in [[0.5, 0.5]], or columns by name, not"),
        ({"x": [1, 2]}, 422, "not numbers in 1 dimensions"),
        ({"x": []}, 422, "at least one"),
        ({"x": 1}, 422, "expected rows of 2 numbers"),
        ({"x": None}, 422, "expected rows of 2 numbers"),
        ({}, 422, "Field required"),
        ({"x": [[1, 2], [3]]}, 422, "x: rows of different lengths"),
        ({"x": [[1, "2"]]}, 422, "x: '2' is no number"),
        ({"x": [[1, True]]}, 422, "x: True is no number"),
        ({"x": [[1, None]]}, 422, "x: None is no number"),
        ({"x": {"x": [1]}}, 422, "x: the variable 'y' is missing; there are x, y"),
        ({"x": {"x": [1], "z": [1]}}, 422, "x: there is no variable 'z', only x, y"),
        ({"x": {"x": [1], "y": [1, 2]}}, 422, "x: columns of different lengths, 1 and 2 numbers"),
        ({"x": {"x": [1], "y": 1}}, 422, "x.y: expected a list of numbers, at least one"),
        ({"x": {"x": [1], "y": []}}, 422, "x.y: expected a list of numbers, at least one"),
        ({"x": {"x": [1], "y": [[1]]}}, 422, "x.y: expected a list of numbers, at least one"),
        ({"x": {"x": [1], "y": ["a"]}}, 422, "x.y: 'a' is no number"),
        ({"x": [[1, 2]], "orders": [3]}, 422, "order 3 is above 2, the highest of wave version 1"),
        ({"x": [[1, 2]], "orders": []}, 422, "at least 1 item"),
        ({"x": [[1, 2]], "derivatives": ["z"]}, 422, "derivatives: there is no variable 'z', only x, y"),
        ({"x": [[1, 2]], "derivatives": [""]}, 422, "derivatives: there is no variable '', only x, y"),
        ({"x": [[1, 2]], "derivatives": ["x,x,y"]}, 422, "derivatives: 'x,x,y' is of order 3, the highest is 2"),
        ({"x": [[1, 2]], "step": 1}, 422, "known are orders, derivatives, x"),
        ({"x": [[2**70, 2]]}, 422, "beyond 64 bits"),
        ({"x": [[0, 0]] * 50_001}, 413, "50001 points of 2 variables have more than 100000 numbers"),
        ({"x": [[0, 0]] * 50_000, "orders": [0, 1, 2], "derivatives": ["x,y"] + ["x"] * 5}, 200, ""),
    ],
)
def test_what_is_wrong_is_said_in_a_line(fields: Service, body: dict[str, Any], status: int, said: str) -> None:
    answer = fields.client.post(WAVE, json=body)
    assert (answer.status_code, said in answer.text) == (status, True), answer.text[:300]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e400"])
def test_what_is_not_finite(fields: Service, number: str) -> None:
    answer = fields.client.post(WAVE, content=f'{{"x": [[0, {number}]]}}', headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert "finite" in answer.text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("x=0.5", "expected rows of 2 numbers"),
        ("x=0.5,a", "x: 'a' is no number; a point is x=0.5,0.2"),
        ("x=0.5,nan", "every point must be a finite number"),
        ("order=0", "Field required"),
        ("x=0,0&linspace=0,1,2", "known are order, derivative, x, version, alias"),
        ("x=0,0&derivatives=x", "in a query it is derivative, once for each"),
    ],
)
def test_what_is_wrong_with_a_query(fields: Service, query: str, said: str) -> None:
    answer = fields.client.get(f"{WAVE}?{query}")
    assert (answer.status_code, said in answer.text) == (422, True), answer.text[:300]


def test_an_order_that_was_not_registered(fields: Service) -> None:
    for asked in ({"orders": [2]}, {"derivatives": ["x,y"]}):
        answer = fields.client.post("/functions/slopes/evaluate", json={"x": [[0, 0]], **asked})
        assert answer.status_code == 422
        assert answer.json()["detail"] == "order 2 is above 1, the highest of slopes version 1"


def test_many_points_are_the_few(fields: Service) -> None:
    x = np.random.default_rng(2).uniform(-1, 1, (20_000, 2))
    answer = ask(fields, x=x.tolist(), orders=[0, 1])
    few = ask(fields, x=x[-3:].tolist(), orders=[0, 1])
    for name in ("value", "gradient"):
        assert_close(np.array(answer[name][-3:]), np.array(few[name]), roundings=100, magnitude=10)


def test_the_list_describes_them(fields: Service) -> None:
    listed = {model["name"]: model for model in fields.client.get("/models").json()}
    assert {name: model["kind"] for name, model in listed.items()} == {
        "bell": "function",
        **dict.fromkeys(("noisy", "slopes", "wave"), "field"),
    }
    noisy = FieldModel.model_validate(listed["noisy"])
    assert (noisy.variables, noisy.outputs, noisy.order, noisy.bands) == (["x", "y", "z"], ["u", "v"], 2, True)
    assert noisy.domain[2] == (-1, 3)
    assert noisy.errors == {"value": 0.1, "max_error": 0.2}


def test_the_open_inference_protocol_answers_the_outputs_that_are_named(fields: Service) -> None:
    metadata = fields.client.get("/v2/models/noisy").json()
    assert [(of["name"], of["shape"]) for of in metadata["inputs"]] == [("x", [-1, 3])]
    assert {of["name"]: of["shape"][1:] for of in metadata["outputs"]} == {
        "value": [2],
        "gradient": [2, 3],
        "hessian": [2, 3, 3],
        "deviation": [2],
        "gradient_deviation": [2, 3],
    }
    x = np.random.default_rng(3).uniform(-1, 1, (4, 3))
    inputs = [{"name": "x", "datatype": "FP64", "shape": [4, 3], "data": x.tolist()}]
    asked: dict[str, Any] = {"inputs": inputs, "outputs": [{"name": "gradient_deviation"}, {"name": "value"}]}
    answer = fields.client.post("/v2/models/noisy/infer", json=asked).json()
    expected = ask(fields, "/functions/noisy/evaluate", x=x.tolist(), orders=[0, 1])
    found = {of["name"]: np.reshape(of["data"], of["shape"]) for of in answer["outputs"]}
    assert list(found) == ["gradient_deviation", "value"]
    assert_close(found["value"], np.array(expected["value"]), roundings=100, magnitude=10)
    truth = np.array(expected["standard_deviations"]["gradient"])
    assert_close(found["gradient_deviation"], truth, roundings=100, magnitude=10)
    wrong = {"inputs": [{"name": "x", "datatype": "FP64", "shape": [3], "data": [0, 0, 0]}]}
    refused = fields.client.post("/v2/models/noisy/infer", json=wrong)
    assert (refused.status_code, "expected FP64 of shape [-1, 3]" in refused.text) == (400, True)
