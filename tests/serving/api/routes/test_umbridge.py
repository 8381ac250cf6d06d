"""UM-Bridge with its own unmodified client: functions of one variable and of several, and an optimiser that uses it."""

from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest
import umbridge
from scipy.optimize import minimize

from tests.support.rounding import assert_close
from tests.support.served_field import BELL, LAYERS, SLOPES
from tests.support.service import Service
from training.models.field_network import FieldNetwork, evaluate
from training.models.networks import evaluate as evaluate_one

POINT = np.array([0.3, -0.7])
VALUE, GRADIENT, HESSIAN = (part[0] for part in evaluate(FieldNetwork(LAYERS), POINT[None], 2))
SENS, VEC = np.array([1.0, -2.0, 0.5]), np.array([0.25, 3.0])


def model(service: Service, name: str) -> umbridge.HTTPModel:
    return umbridge.HTTPModel(f"{service.url}/umbridge", name)


def same(answer: Any, truth: np.ndarray) -> None:
    assert_close(np.array(answer), truth, roundings=1_000, magnitude=max(1.0, np.abs(truth).max()))


def test_functions_are_listed_and_have_one_input_and_one_output(fields: Service) -> None:
    assert umbridge.supported_models(f"{fields.url}/umbridge") == ["bell", "noisy", "slopes", "wave"]
    for name, d, m in (("bell", 1, 1), ("noisy", 3, 2), ("slopes", 2, 1), ("wave", 2, 3)):
        found = model(fields, name)
        assert (found.get_input_sizes(), found.get_output_sizes()) == ([d], [m])
        assert found.supports_evaluate()
        assert found.supports_gradient()
        assert found.supports_apply_jacobian()
        assert found.supports_apply_hessian() == (name != "slopes")


def test_all_four_actions_are_exact(fields: Service) -> None:
    wave, x = model(fields, "wave"), [POINT.tolist()]
    same(wave(x), VALUE[None])
    same(wave.gradient(0, 0, x, SENS.tolist()), np.einsum("o,oi->i", SENS, GRADIENT))
    same(wave.apply_jacobian(0, 0, x, VEC.tolist()), np.einsum("oi,i->o", GRADIENT, VEC))
    expected = np.einsum("o,oij,j->i", SENS, HESSIAN, VEC)
    same(wave.apply_hessian(0, 0, 0, x, SENS.tolist(), VEC.tolist()), expected)


def test_one_variable_too(fields: Service) -> None:
    bell, truth = model(fields, "bell"), [part[0] for part in evaluate_one(BELL, np.array([0.4]), 2)]
    same(bell([[0.4]]), np.array([[truth[0]]]))
    same(bell.gradient(0, 0, [[0.4]], [3.0]), np.array([3 * truth[1]]))
    same(bell.apply_jacobian(0, 0, [[0.4]], [2.0]), np.array([2 * truth[1]]))
    same(bell.apply_hessian(0, 0, 0, [[0.4]], [3.0], [2.0]), np.array([6 * truth[2]]))


def test_an_optimiser_finds_what_it_finds_with_the_network(fields: Service) -> None:
    served, network = model(fields, "slopes"), FieldNetwork(SLOPES)

    def by_service(x: np.ndarray) -> tuple[float, np.ndarray]:
        point = [x.tolist()]
        return served(point)[0][0], np.array(served.gradient(0, 0, point, [1.0]))

    def by_network(x: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = evaluate(network, x[None], 1)
        return value[0, 0], gradient[0, 0]

    def least(function: Callable[[np.ndarray], Any]) -> Any:
        return minimize(function, [0.1, 0.2], jac=True, method="L-BFGS-B", bounds=[(-1, 1), (-1, 2)])

    found, expected = least(by_service), least(by_network)
    assert found.success
    assert found.fun < by_network(np.array([0.1, 0.2]))[0] - 1e-3
    np.testing.assert_allclose(found.x, expected.x, rtol=0, atol=1e-8)


def post(service: Service, action: str, content: Any) -> httpx.Response:
    """As some clients do: without a content type."""
    sent = httpx.Request("POST", f"{service.url}/umbridge/{action}", json=content)
    del sent.headers["content-type"]
    return service.client.send(sent)


def test_json_without_a_content_type(fields: Service) -> None:
    answer = post(fields, "Evaluate", {"name": "wave", "input": [POINT.tolist()]})
    assert answer.status_code == 200
    same(answer.json()["output"], VALUE[None])
    assert "warnings" not in answer.json()


@pytest.mark.parametrize(
    ("action", "changes", "kind", "said"),
    [
        ("Evaluate", {"name": "nope"}, "ModelNotFound", "no function 'nope' is served; GET /umbridge/Info lists"),
        ("InputSizes", {"name": "nope"}, "ModelNotFound", "no function 'nope'"),
        ("Evaluate", {"config": {"version": 7}}, "ModelNotFound", "wave has no version 7"),
        ("Evaluate", {"config": {"level": 7}}, "InvalidInput", "config.level"),
        ("Evaluate", {"input": [[1]]}, "InvalidInput", "input: expected 2 numbers, got 1"),
        ("Evaluate", {"input": [[1, 2], [3]]}, "InvalidInput", "input: expected one vector, got 2"),
        ("Evaluate", {"input": []}, "InvalidInput", "input: expected one vector, got 0"),
        ("Evaluate", {"input": [1, 2]}, "InvalidInput", "input.0: Input should be a valid"),
        ("Evaluate", {"input": [["a", 2]]}, "InvalidInput", "input.0.0: Input should be a valid number, not 'a'"),
        ("Gradient", {"sens": [1.0]}, "InvalidInput", "sens: expected 3 numbers, got 1"),
        ("Gradient", {"outWrt": 1}, "InvalidInput", "outWrt: Input should be less than or equal to 0, not 1"),
        ("ApplyJacobian", {"vec": [1.0]}, "InvalidInput", "vec: expected 2 numbers, got 1"),
        ("ApplyHessian", {"inWrt2": -1}, "InvalidInput", "inWrt2: Input should be greater than or equal to 0, not -1"),
        ("ApplyHessian", {"name": "slopes", "sens": [1.0]}, "UnsupportedFeature", "ApplyHessian: order 2 is above 1"),
        (
            "Evaluate",
            {"input": [[9, 0]], "config": {"extrapolate": False}},
            "InvalidInput",
            "1 of 1 points lie outside",
        ),
    ],
)
def test_errors_are_the_protocol_s(fields: Service, action: str, changes: dict[str, Any], kind: str, said: str) -> None:
    asked = {"name": "wave", "input": [[0.0, 0.0]], "sens": SENS.tolist(), "vec": VEC.tolist(), "config": {}} | changes
    answer = post(fields, action, asked)
    assert (answer.status_code, list(answer.json())) == (400, ["error"]), answer.text
    error = answer.json()["error"]
    assert (error["type"], said in error["message"]) == (kind, True), error


def test_the_client_raises_the_protocol_s_errors(fields: Service) -> None:
    with pytest.raises(Exception, match="error of type InvalidInput: input: expected 2 numbers, got 3"):
        model(fields, "wave")([[1.0, 2.0, 3.0]])
    with pytest.raises(Exception, match="Hessian not supported by model"):
        model(fields, "slopes").apply_hessian(0, 0, 0, [[0, 0]], [1], [1, 1])
    with pytest.raises(Exception, match="Model nope not supported by server"):
        model(fields, "nope")


def test_what_is_no_json_or_too_large(fields: Service) -> None:
    answer = fields.client.post("/umbridge/Evaluate", content=b"{")
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "InvalidInput")
    answer = fields.client.post("/umbridge/Evaluate", content=b" " * 2_300_000)
    assert (answer.status_code, answer.json()["error"]["type"]) == (413, "Refused")


def test_points_outside_come_with_a_warning(fields: Service) -> None:
    answer = post(fields, "Gradient", {"name": "wave", "input": [[9, 0]], "sens": SENS.tolist()}).json()
    assert len(answer["output"]) == 2
    assert answer["warnings"][0].startswith("extrapolation: 1 of 1 points")


def test_what_is_beyond_float64_is_no_output(fields: Service) -> None:
    large = {"sens": [1e200, 0.0, 0.0], "vec": [1e200, 0.0]}
    assert abs(HESSIAN[0, 0, 0]) > 1e-50
    answer = post(fields, "ApplyHessian", {"name": "wave", "input": [POINT.tolist()], **large})
    assert (answer.status_code, answer.json()["error"]) == (
        500,
        {"type": "InvalidOutput", "message": "the output is beyond the range of float64"},
    )
