"""What the OpenAPI schema says of requests that are read without FastAPI's help."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel

from serving.api.field_schemas import EvaluateField
from serving.api.responses import JSON
from serving.api.schemas import Choice, Evaluate, Invalid, Problem

Responses = dict[int | str, dict[str, Any]]

DESCRIPTION = """`GET /models` lists what is served. Begin with **Evaluate a function at points**: its examples work as
soon as `make fit` has run. Errors are JSON with one `detail`, those of the Open Inference Protocol with one `error`."""

TAGS = [
    {"name": "functions", "description": "Fitted functions and their derivatives."},
    {"name": "classifiers", "description": "Classifiers of pictures."},
    {"name": "models", "description": "What is served, and what else is registered."},
    {"name": "Open Inference Protocol", "description": "For the clients of Triton, KServe and others (V2 over REST)."},
    {"name": "UM-Bridge", "description": "For the clients of UM-Bridge 1.0, whose address is /umbridge of this one."},
    {"name": "health", "description": "For probes; no API key is needed."},
    {"name": "metrics", "description": "For Prometheus."},
    {"name": "webhooks", "description": "For MLflow, which says that the registry has changed."},
]

Name = Annotated[str, Path(description="Name of the model, as `GET /models` lists it", examples=["gaussian"])]
Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="Number of the version", examples=[1])]


def problem(description: str, example: object, model: type[BaseModel] = Problem) -> dict[str, Any]:
    """The answer to what goes wrong, with an example of it."""
    field = "detail" if model in (Problem, Invalid) else "error"
    return {"model": model, "description": description, "content": {JSON: {"example": {field: example}}}}


_PROBLEMS: dict[int, tuple[str, object]] = {
    401: ("No API key, or none that is known", "an API key is needed"),
    404: (
        "No such model, version or alias",
        "no function 'gausian' is served; GET /models lists those that are",
    ),
    408: ("The request took too long to arrive", "the request did not arrive within 30 s"),
    409: ("That version cannot be served", "gaussian version 3: its d1 differs from its own example"),
    413: ("Too large", "200000 points are more than 100000"),
    415: (
        "A format, or a compression, that is not read here",
        "Content-Type: expected application/json or application/x-npy",
    ),
    422: ("Not understood", "order 5 is above 4, the highest of gaussian version 2"),
    503: ("Too busy, or the registry is needed and does not answer", "the model registry does not answer"),
    504: ("The answer took too long", "the answer was not found within 30 s"),
}
ERROR_RESPONSES: Responses = {
    status: problem(description, example, Invalid if status == 422 else Problem)
    for status, (description, example) in _PROBLEMS.items()
}


def failures(model: type[BaseModel]) -> Responses:
    """The same for clients of the Open Inference Protocol, who get {"error": …} from all but what asks for a key."""
    made: Responses = {
        status: problem(description, example, model)
        for status, (description, example) in _PROBLEMS.items()
        if status != 401
    }
    return made | {401: ERROR_RESPONSES[401]}


def faults(model: type[BaseModel], *statuses: int) -> Responses:
    """The same of some statuses for UM-Bridge's clients, who get {"error": {"type": …, "message": …}}."""

    def fault(status: int) -> dict[str, Any]:
        description, example = _PROBLEMS[status]
        return problem(description, {"type": "Refused" if status < 500 else "Unavailable", "message": example}, model)

    return {status: fault(status) for status in statuses}


# What a function can be asked, by what it is of, and the answer to the first.
ASKED: dict[str, dict[str, Any]] = {
    "one variable": {"value": {"x": [-1, 0, 0.5], "orders": [0, 1, 2]}},
    "several variables": {"value": {"x": [[0.5, 0.2], [0, 0]], "orders": [0, 1]}},
    "several variables, by name": {"value": {"x": {"x": [0.5, 0], "y": [0.2, 0]}, "derivatives": ["x", "x,y"]}},
}
# The answer to GET /functions/gaussian/evaluate?x=0.5&order=0&order=1&order=2.
EVALUATION = {
    "model": {"name": "gaussian", "version": 1, "alias": "champion", "run_id": "8d1e0c5f3b5a4f4c9a51f2d1c0e9b7a6"},
    "x": [0.5],
    "derivatives": {"0": [0.3520653267642995], "1": [-0.17603266338214973], "2": [-0.2640489950732246]},
    "in_domain": [True],
    "warnings": [],
}
# To POST /functions/wave/evaluate with {"x": [[0.5, 0.2]], "orders": [0, 1], "derivatives": ["x,y"]}.
FIELD_EVALUATION = {
    "model": EVALUATION["model"],
    "variables": ["x", "y"],
    "outputs": ["f"],
    "x": [[0.5, 0.2]],
    "value": [[0.7146250585]],
    "gradient": [[[-0.7968871146, -0.6039164521]]],
    "derivatives": {"x,y": [[-0.1146391521]]},
    "in_domain": [True],
    "in_domain_by_variable": {"x": [True], "y": [True]},
    "warnings": [],
}


@dataclass(frozen=True)
class Query:
    """The fields of a model as they stand in a query."""

    model: type[BaseModel]
    names: Sequence[str]
    # What is said of each, and which of them documentation fills in when it is tried.
    note: str = ""
    filled_in: frozenset[str] = frozenset()

    def beside_a_body(self, *names: str) -> "Query":
        """All but these fields, of which nothing is given unless the body cannot say it."""
        rest = [name for name in self.names if name not in names]
        return Query(self.model, rest, "; only beside points in NumPy's format, else in the body")

    def parameters(self) -> list[dict[str, Any]]:
        """The parameters in OpenAPI's form: once for each of several values, except for linspace, which has commas."""
        properties = schema(self.model)["properties"]
        return [_parameter(name, properties[name], self) for name in self.names]


def parameters(*queries: Query) -> list[dict[str, Any]]:
    """The parameters of all of these."""
    return [parameter for query in queries for parameter in query.parameters()]


def schema(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of a model, in one piece: a reference within it is none within OpenAPI's document."""
    described = model.model_json_schema()
    parts = described.pop("$defs", {})

    def resolved(value: Any) -> Any:
        if isinstance(value, list):
            return [resolved(entry) for entry in value]
        if not isinstance(value, dict):
            return value
        whole = parts[value["$ref"].rpartition("/")[2]] if "$ref" in value else {}
        return {key: resolved(entry) for key, entry in {**whole, **value}.items() if key != "$ref"}

    found: dict[str, Any] = resolved(described)
    return found


# Not linspace and, of a choice, nothing: it is an error to give x and linspace, or version and alias.
_FILLED_IN = frozenset({"x", "orders", "method", "step", "truth"})

SPEC = Query(Evaluate, list(Evaluate.model_fields), filled_in=_FILLED_IN)
FIELD_SPEC = Query(EvaluateField, ["derivatives"])
CHOICE = Query(Choice, list(Choice.model_fields))


_IN_QUERY = {"orders": "order", "derivatives": "derivative"}


def _parameter(name: str, property_: dict[str, Any], query: Query) -> dict[str, Any]:
    alternatives = [entry for entry in property_.get("anyOf", []) if entry.get("type") != "null"]
    # What has a default is filled in with it.
    hidden = {"description", "examples"} | (set() if name in query.filled_in else {"default"})
    (described,) = alternatives or [{key: value for key, value in property_.items() if key != "title"}]
    if name == "x":
        # A point of several variables has commas.
        described |= {"items": {"anyOf": [described["items"], {"type": "string"}]}}
    return {
        "name": _IN_QUERY.get(name, name),
        "in": "query",
        "required": False,
        "description": property_.get("description", "") + query.note,
        "schema": {key: value for key, value in described.items() if key not in hidden},
        "style": "form",
        "explode": name != "linspace",
        **_examples(property_.get("examples", ()), name in query.filled_in),
    }


def _examples(values: Sequence[object], is_filled_in: bool) -> dict[str, Any]:
    """An example that is filled in, or those that are offered beside none."""
    if is_filled_in:
        return {"example": values[0]}
    return {"examples": {"not given": {}} | {f"for example {value}": {"value": value} for value in values}}
