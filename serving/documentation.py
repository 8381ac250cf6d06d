"""What the OpenAPI schema says of requests that are read without FastAPI's help."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from serving.schemas import Choice, Evaluate, Invalid, Problem

PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "No API key, or none that is known"},
    404: {"model": Problem, "description": "No such model, version or alias"},
    408: {"model": Problem, "description": "The request took too long to arrive"},
    409: {"model": Problem, "description": "That version can not be served"},
    413: {"model": Problem, "description": "Too large"},
    415: {"model": Problem, "description": "A format, or a compression, that is not read here"},
    422: {"model": Invalid, "description": "Not understood"},
    503: {"model": Problem, "description": "Too busy, or the registry is needed and does not answer"},
    504: {"model": Problem, "description": "The answer took too long"},
}


@dataclass(frozen=True)
class Query:
    """The fields of a model as they stand in a query."""

    model: type[BaseModel]
    names: Sequence[str]

    def without(self, *names: str) -> "Query":
        """All but these fields."""
        return Query(self.model, [name for name in self.names if name not in names])

    def parameters(self) -> list[dict[str, Any]]:
        """As OpenAPI has them: those with several values once for each, except for linspace, with its commas."""
        properties = schema(self.model)["properties"]
        return [_parameter(name, properties[name]) for name in self.names]


def parameters(*queries: Query) -> list[dict[str, Any]]:
    """The parameters of all of these."""
    return [parameter for query in queries for parameter in query.parameters()]


def schema(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of a model, in one piece."""
    return model.model_json_schema()


QUESTION = Query(Evaluate, list(Evaluate.model_fields))
CHOICE = Query(Choice, list(Choice.model_fields))


def _parameter(name: str, property_: dict[str, Any]) -> dict[str, Any]:
    alternatives = [entry for entry in property_.get("anyOf", []) if entry.get("type") != "null"]
    (described,) = alternatives or [{key: value for key, value in property_.items() if key != "title"}]
    return {
        "name": "order" if name == "orders" else name,
        "in": "query",
        "required": False,
        "description": property_.get("description", ""),
        "schema": {key: value for key, value in described.items() if key != "description"},
        "style": "form",
        "explode": name != "linspace",
    }
