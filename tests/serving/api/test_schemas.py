"""The OpenAPI schema is honest: whatever is sent, no server error, no status and no answer that it does not have."""

from typing import Any

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.service import Service

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def test_whatever_is_sent(service: Service) -> None:
    schema = schemathesis.openapi.from_url(f"{service.url}/openapi.json")
    operations = list(schema.get_all_operations())
    assert len(operations) == 27
    for operation in operations:
        assert isinstance(operation, Ok)

        @settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        def ask(case: schemathesis.Case[Any]) -> None:
            if "name" in case.path_parameters and case.path_parameters["name"][:1].isascii():
                case.path_parameters["name"] = "gaussian"
            if "/umbridge/" in case.path and isinstance(case.body, dict):
                case.body["name"] = "gaussian"
            case.call_and_validate(base_url=service.url, checks=CHECKS)

        given(case=operation.ok().as_strategy())(ask)()
