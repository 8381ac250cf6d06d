"""Registered functions of several variables, loaded: a graph of value, gradient and Hessian, and its metadata."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
from onnx import TensorProto
from pydantic import BaseModel, Field, FiniteFloat, model_validator

from serving.arrays import Array
from serving.models.graph_validation import Tensor
from serving.models.graphs import HasSessions, SessionsByOutputs, loading, read_graph
from serving.models.logged_model import Version, checked, description, require_own_example

# By order: what the graph gives, and the standard deviations of what has them.
OUTPUTS = ("value", "gradient", "hessian")
POSTERIOR_STD = ("deviation", "gradient_deviation")

# More than any fit has; the answer to a point has as many numbers as outputs times the square of the variables.
_MOST_VARIABLES, _MOST_OUTPUTS = 64, 256

Name = Annotated[str, Field(min_length=1, max_length=256)]
Names = Annotated[list[Name], Field(min_length=1)]


class Metadata(BaseModel):
    """What a registered function of several variables says of itself; written by whoever registered it."""

    kind: Literal["field"]
    target: str
    # The names of the variables, and for each the ends of its part of the domain.
    variables: Annotated[Names, Field(max_length=_MOST_VARIABLES)]
    domain: list[tuple[FiniteFloat, FiniteFloat]]
    outputs: Annotated[Names, Field(max_length=_MOST_OUTPUTS)]
    activation: str
    errors: dict[str, float]
    # What speaks against trusting the fit.
    warnings: list[str] = []
    # The standard deviation of a sample, for each output.
    noise: list[float] | None = None
    # Of the highest derivative, and whether value and gradient have standard deviations.
    order: Annotated[int, Field(ge=0, lt=len(OUTPUTS))]
    bands: bool
    # Points, and what the graph answers there, by output; how far from that an answer may be.
    example: dict[str, list[Any]]
    tolerances: dict[str, Annotated[float, Field(ge=0)]]

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if len(set(self.variables)) < len(self.variables) or len(set(self.outputs)) < len(self.outputs):
            raise ValueError("two have the same name")
        if len(self.domain) != len(self.variables):
            raise ValueError("the domain is not one of these variables")
        if missing := [name for name in self.shapes if name not in self.tolerances or name not in self.example]:
            raise ValueError(f"example or tolerance of {missing[0]} is missing")
        return self

    @cached_property
    def ends(self) -> tuple[Array, Array]:
        """The lower and the upper ends of the domain, (d,) each."""
        low, high = np.array(self.domain).T
        return low, high

    @property
    def dimension(self) -> int:
        """How many variables there are."""
        return len(self.variables)

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each output of the graph for a point."""
        d, m = len(self.variables), len(self.outputs)
        found: dict[str, tuple[int, ...]] = {OUTPUTS[k]: (m, *[d] * k) for k in range(self.order + 1)}
        return found | (dict(zip(POSTERIOR_STD, [(m,), (m, d)], strict=True)) if self.bands else {})

    @property
    def asked_together(self) -> list[tuple[str, ...]]:
        """The derivatives up to each order, without standard deviations and with them; all that there is comes last."""
        orders = range(self.order + 1)
        found: list[tuple[str, ...]] = [OUTPUTS[: order + 1] for order in orders]
        if self.bands:
            found += [OUTPUTS[: order + 1] + POSTERIOR_STD[: order + 1] for order in orders]
        return list(dict.fromkeys([*found, tuple(self.shapes)]))


@dataclass(frozen=True)
class FieldFunction(HasSessions):
    """A function of several variables that answers with its gradient and Hessian."""

    version: Version
    metadata: Metadata
    graph: SessionsByOutputs
    # What answers the questions that were asked (serving.models.field_evaluation).
    plans: dict[Any, Any] = field(default_factory=dict, compare=False)

    @property
    def max_order(self) -> int:
        return self.metadata.order

    def __call__(self, x: Array, names: Sequence[str]) -> dict[str, Array]:
        """The outputs of these names at x (n, d), each (n, …)."""
        return dict(zip(names, self.graph(x, names), strict=True))


def load(folder: Path, version: Version, said: Mapping[str, Any] | None = None) -> FieldFunction:
    """Load a logged model from its folder; as with functions of one variable, nothing in it can run code.

    Raises:
        RefusedModel: it is not one of ours, is damaged, or does not answer its own example.
    """
    what = "a function of several variables"
    metadata = checked(Metadata, description(folder) if said is None else said, what)
    x = Tensor(TensorProto.DOUBLE, (metadata.dimension,))
    outputs = {name: Tensor(TensorProto.DOUBLE, shape) for name, shape in metadata.shapes.items()}
    with loading():
        # One point at first: how many are evaluated together depends on the graph.
        graph = read_graph(folder, {"x": x}, outputs, together=1)
        sessions = SessionsByOutputs(graph, x, outputs, metadata.asked_together)
    function = FieldFunction(version, metadata, sessions)
    if said is None:
        _check(function)
    return function


def _check(function: FieldFunction) -> None:
    """Ask the model for the example that was stored with it: of each of the cuts."""
    metadata, example = function.metadata, function.metadata.example
    for names in metadata.asked_together:
        answer = partial(function.graph, names=names)
        require_own_example(example, names, answer, lambda name, _: metadata.tolerances[name])
