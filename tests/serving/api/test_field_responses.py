"""Answers of functions of several variables, as JSON and as arrays."""

import io
import json

import numpy as np
import pytest

from serving.api.field_schemas import FieldEvaluation
from serving.api.responses import json_response, npy_response
from serving.models.field_evaluation import FieldResult, FieldSpec, evaluate
from tests.support.answers import body
from tests.support.served_field import ROOTS, UNITS, served_field

FIELD = served_field(UNITS, 2, ROOTS)
PARTIALS = {"z": (2,), "x, y": (0, 1)}


def result(points: int) -> FieldResult:
    x = np.random.default_rng(0).uniform(-2, 2, (points, 3))
    return evaluate(FIELD, FieldSpec(x, (0, 1, 2), PARTIALS))


@pytest.mark.parametrize("points", [1, 300])
def test_json_is_an_evaluation_whose_numbers_round_trip(points: int) -> None:
    given = result(points)
    _, content = body(json_response(given))
    answer = json.loads(content)
    FieldEvaluation.model_validate(answer)
    assert answer["x"] == given.x.tolist()
    for name in ("value", "gradient", "hessian"):
        assert answer[name] == given.values.outputs[name].tolist()
    assert answer["derivatives"] == {name: values.tolist() for name, values in given.values.partials.items()}
    deviations = answer["standard_deviations"]
    assert deviations["gradient"] == given.values.outputs["gradient_deviation"].tolist()
    assert deviations["derivatives"] == {"z": given.values.partial_posterior_std["z"].tolist()}
    assert answer["in_domain"] == given.inside.all(axis=1).tolist()
    assert answer["in_domain_by_variable"]["y"] == given.inside[:, 1].tolist()


def test_what_is_not_finite_is_null() -> None:
    given = result(2)
    given.values.outputs["hessian"][1, 0, 1, 2] = np.inf
    answer = json.loads(body(json_response(given))[1])
    assert answer["hessian"][1][0][1][2] is None
    FieldEvaluation.model_validate(answer)


def test_an_array_has_a_field_for_each_output() -> None:
    given = result(300)
    headers, content = body(npy_response(given))
    table = np.load(io.BytesIO(content))
    outputs = ("value", "gradient", "hessian", "deviation", "gradient_deviation")
    partials = ("derivative_2", "derivative_0_1", "derivative_deviation_2")
    assert table.dtype.names == ("x", *outputs, *partials, "in_domain")
    for name in outputs:
        np.testing.assert_array_equal(table[name], given.values.outputs[name])
    np.testing.assert_array_equal(table["derivative_0_1"], given.values.partials["x, y"])
    assert table["in_domain"].tolist() == given.inside.tolist()
    assert int(headers["content-length"]) == len(content)
    assert (headers["x-model-name"], json.loads(headers["x-warnings"])) == ("f", given.warnings)
