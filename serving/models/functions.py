"""Registered functions, loaded: an ONNX graph and its metadata."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from onnx import TensorProto
from pydantic import BaseModel, Field, FiniteFloat, Json

from serving.arrays import Array
from serving.models.graph_validation import Tensor
from serving.models.graphs import HasSessions, SessionsByOrder, loading, read_graph
from serving.models.logged_model import Version, agree, checked, description, require_own_example
from serving.models.samples import Samples
from serving.models.tanh_layer import TanhLayer, layer_of

# A graph answers its own stored example to rounding; the machine that stored it may round differently. Who registers
# a model says how much that may be; where that is missing, it is so much of an output's largest value on the domain.
_SELF_CHECK_TOLERANCE = 1e-9
_POINTS = 101
_MOST_UNITS_SEEN = 1_000


class Columns(BaseModel):
    """The names of the columns of data."""

    x: str | None = None
    y: str | None = None


class Metadata(BaseModel):
    """What a registered function says of itself; written by whoever registered it."""

    kind: Literal["function"]
    target: str
    domain: tuple[FiniteFloat, FiniteFloat]
    activation: str
    orders: Annotated[list[Annotated[int, Field(ge=0, le=32)]], Field(min_length=1)]
    errors: dict[str, float]
    # The condition of the output layer's least-squares problem.
    condition: float | None = None
    # What the output layer magnifies rounding to, relative to the function.
    rounding: float | None = None
    # For data over time: the moment that x = 0 stands for, as ISO 8601 writes it, and the unit of x.
    x_origin: str | None = None
    x_unit: str | None = None
    # What an expression calls x, and what its data do.
    variable: str = "x"
    source: Columns = Columns()
    # What speaks against trusting the fit.
    warnings: list[str] = []
    # Orders that have a standard deviation.
    bands: list[int] = []
    # Chebyshev coefficients, on the domain, of the function that was fitted and of its derivatives, by order.
    truth: dict[int, Annotated[list[float], Field(min_length=1)]] = {}
    # Of data, some to be seen beside the fit.
    samples: Json[Samples] | None = None
    example: dict[str, list[float]]
    # How far from the example an answer may be, by output.
    tolerances: dict[str, Annotated[float, Field(ge=0)]] = {}


@dataclass(frozen=True)
class Function(HasSessions):
    """A function that answers with its derivatives."""

    version: Version
    metadata: Metadata
    graph: SessionsByOrder

    @property
    def max_order(self) -> int:
        return max(self.metadata.orders)

    def __call__(self, x: Array, orders: Sequence[int]) -> Array:
        """The derivatives of the given orders at x (n,), (orders, n)."""
        return self.graph(x, orders, ())

    def with_posterior_std(self, x: Array, orders: Sequence[int]) -> tuple[Array, dict[int, Array]]:
        """The same, and the standard deviations of those of the orders that have one, each (n,)."""
        if not (std_orders := [order for order in orders if order in self.metadata.bands]):
            return self(x, orders), {}
        answers = self.graph(x, orders, std_orders)
        return answers[: len(orders)], dict(zip(std_orders, answers[len(orders) :], strict=True))


def load(folder: Path, version: Version, said: Mapping[str, Any] | None = None) -> Function:
    """Load a logged model from its folder.

    Nothing in it can run code: the graph is data, and MLflow's own loaders are not used.

    Args:
        folder: as MLflow logs it.
        version: which it is.
        said: what it says of itself, where it has been checked already (serving.models.checker).

    Raises:
        RefusedModel: it is not one of ours, is damaged, or does not answer its own example.
    """
    metadata = checked(Metadata, description(folder) if said is None else said, "a function")
    names = [f"d{order}" for order in metadata.orders] + [f"s{order}" for order in metadata.bands]
    number = Tensor(TensorProto.DOUBLE)
    with loading():
        model = read_graph(folder, {"x": number}, dict.fromkeys(names, number))
        graph = SessionsByOrder(model, metadata.orders)
    function = Function(version, metadata, graph)
    if said is None:
        _check(function)
    elif (layer := layer_of(model)) and _answers_the_same(layer, function):
        graph.layer = layer
    return function


def _answers_the_same(layer: TanhLayer, function: Function) -> bool:
    """Whether it answers what the graph does, to rounding: all over the domain, and at and between its units there."""
    low, high = function.metadata.domain
    centers = np.sort(layer.centers[(low <= layer.centers) & (layer.centers <= high)])
    x = np.concatenate([centers, (centers[1:] + centers[:-1]) / 2])
    x = np.concatenate([np.linspace(low, high, _POINTS), x[:: 1 + len(x) // _MOST_UNITS_SEEN]])
    orders = [order for order in function.metadata.orders if order <= layer.highest]
    answers = zip(orders, layer(x, orders), function(x, orders), strict=True)
    return all(agree(found, truth, _tolerance(function, f"d{order}", truth)) for order, found, truth in answers)


def _check(function: Function) -> None:
    """Ask the model for the example that was stored with it: for all of it, and for the orders up to each."""
    metadata, example = function.metadata, function.metadata.example
    questions: list[tuple[list[int], list[int]]] = [
        ([order for order in metadata.orders if order <= highest], []) for highest in metadata.orders
    ]
    for orders, std_orders in [*questions, (metadata.orders, metadata.bands)]:
        names = [f"d{order}" for order in orders] + [f"s{order}" for order in std_orders]
        answer = partial(function.graph, orders=orders, std_orders=std_orders)
        require_own_example(example, names, answer, partial(_tolerance, function))


def _tolerance(function: Function, name: str, truth: Array) -> float:
    if name in function.metadata.tolerances:
        return function.metadata.tolerances[name]
    on_domain = function.graph.output(np.linspace(*function.metadata.domain, _POINTS), name)
    sizes = np.abs(np.concatenate([on_domain, truth]))
    return _SELF_CHECK_TOLERANCE * max(1.0, float(sizes[np.isfinite(sizes)].max(initial=0.0)))
