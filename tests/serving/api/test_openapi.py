"""The OpenAPI schema as /docs and ReDoc show it: in words, and with examples that are what they are examples of."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from serving.app import create_app
from serving.settings import Settings

Operation = dict[str, Any]


@pytest.fixture(scope="module")
def schema(empty_database: Path) -> dict[str, Any]:
    return create_app(Settings(tracking_uri=f"sqlite:///{empty_database}")).openapi()


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, Operation]]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_summaries_are_words_and_differ(schema: dict[str, Any]) -> None:
    summaries = [(operation["tags"][0], operation["summary"]) for _, operation in operations(schema)]
    assert ("functions", "Evaluate a function at points") in summaries
    assert all(" " in summary for _, summary in summaries)
    assert len(set(summaries)) == len(summaries)


def test_every_parameter_has_a_description_and_an_example(schema: dict[str, Any]) -> None:
    for name, operation in operations(schema):
        for parameter in operation.get("parameters", []):
            assert parameter["description"][0].isupper() or parameter["description"][0] in "`a", name
            offered = [entry["value"] for entry in parameter.get("examples", {}).values() if "value" in entry]
            found = [parameter["example"]] if "example" in parameter else offered
            found = found or parameter["schema"].get("examples", [])
            assert found, f"{name}: {parameter['name']}"
            for example in found:
                Draft202012Validator(parameter["schema"]).validate(example)


def test_what_is_filled_in_can_be_asked_together(schema: dict[str, Any]) -> None:
    evaluate = schema["paths"]["/functions/{name}/evaluate"]
    filled = [parameter["name"] for parameter in evaluate["get"]["parameters"] if "example" in parameter]
    assert filled == ["order", "method", "step", "truth", "x"]
    beside_a_body = evaluate["post"]["parameters"][1:]
    assert not any("example" in parameter or "default" in parameter["schema"] for parameter in beside_a_body)


def test_json_comes_first(schema: dict[str, Any]) -> None:
    for name, operation in operations(schema):
        for described in [*operation["responses"].values(), operation.get("requestBody", {})]:
            media = list(described.get("content", {}))
            assert media[:1] in ([], ["application/json"], ["text/plain"]), name


def test_every_error_has_an_example_of_its_form(schema: dict[str, Any]) -> None:
    for name, operation in operations(schema):
        for status, response in operation["responses"].items():
            if status.startswith("2"):
                continue
            described = response["content"]["application/json"]
            form = {**described["schema"], "components": schema["components"]}
            Draft202012Validator(form).validate(described["example"])
            assert response["description"] not in ("", "Successful Response"), f"{name} {status}"


def test_answers_and_bodies_have_examples_of_their_form(schema: dict[str, Any]) -> None:
    actions = [f"/umbridge/{name}" for name in ("Evaluate", "Gradient", "ApplyJacobian", "ApplyHessian")]
    for path in ("/functions/{name}/evaluate", "/v2/models/{name}/infer", *actions):
        operation = schema["paths"][path]["post"]
        answer = operation["responses"]["200"]["content"]["application/json"]
        body = operation["requestBody"]["content"]["application/json"]
        for described in (answer, body):
            form = {**described["schema"], "components": schema["components"]}
            examples = [entry["value"] for entry in described.get("examples", {}).values()]
            for example in examples or [described["example"]]:
                Draft202012Validator(form).validate(example)
    assert "parameters" not in schema["paths"]["/v2/health/live"]["get"]
    names = [parameter["name"] for parameter in schema["paths"]["/v2/models/{name}"]["get"]["parameters"]]
    assert names == ["name"], "a version is in other paths"
