"""What a registered model says of itself: the contract with whoever serves it."""

import json
from typing import Any, Literal, NotRequired, TypedDict

from training.data.samples import Samples
from training.data.thinning import thinned


class FunctionDescription(TypedDict):
    """What is known of a fit before it is registered.

    Attributes:
        target: what is fitted, as a reader knows it.
        domain: its ends.
        errors: of `max_error`, the largest of f, and of d0, d1 and d2, relative L2, those that are known.
        condition, rounding: see training.evaluation.fit_diagnostics.
        warnings: what speaks against trusting the fit.
        x_origin, x_unit: of data over time, the moment that x = 0 stands for, and the unit of x.
        source: of data, their columns, and where the name is the file's, its path and digest.
        variable: what an expression calls x, where it has another name.
        truth: Chebyshev coefficients of the function and its derivatives on the domain, by order.
        samples: of data, some to be seen beside the fit (samples_text).
    """

    kind: Literal["function"]
    target: str
    domain: list[float]
    activation: str
    errors: dict[str, float]
    condition: float
    rounding: float
    warnings: list[str]
    x_origin: NotRequired[str]
    x_unit: NotRequired[str]
    source: NotRequired[dict[str, str]]
    variable: NotRequired[str]
    truth: NotRequired[dict[str, list[float]]]
    samples: NotRequired[str]


class FunctionMetadata(FunctionDescription):
    """The same with what follows from the graph.

    Attributes:
        orders: of the derivatives d0, d1, … that the graph answers.
        bands: orders that have a standard deviation, s0, s1, ….
        example: points x and what the graph answers there, by output.
        tolerances: how far from the example an answer may be, by output.
    """

    orders: list[int]
    bands: list[int]
    example: dict[str, list[float]]
    tolerances: dict[str, float]


class FieldDescription(TypedDict):
    """What is known of a fit of several variables before it is registered.

    Attributes:
        target: what is fitted, as a reader knows it.
        variables, domain: the names of the variables, and for each the ends of its part of the domain.
        outputs: the names of the outputs.
        errors: of `max_error`, the largest, and of value, gradient and hessian, relative L2, those that are known.
        noise: the standard deviation of a sample, for each output, where it is estimated.
        warnings: what speaks against trusting the fit.
        source: of data, their columns, and where the name is the file's, its path and digest.
    """

    kind: Literal["field"]
    target: str
    variables: list[str]
    domain: list[list[float]]
    outputs: list[str]
    activation: str
    errors: dict[str, float]
    warnings: list[str]
    noise: NotRequired[list[float]]
    source: NotRequired[dict[str, str]]


class FieldMetadata(FieldDescription):
    """The same with what follows from the graph.

    Attributes:
        order: of the highest derivative: 1 with the gradient, 2 with the Hessian.
        bands: whether the graph has the standard deviations of value and gradient.
        example: points x and what the graph answers there, by output, as nested lists.
        tolerances: how far from the example an answer may be, by output.
    """

    order: int
    bands: bool
    example: dict[str, list[Any]]
    tolerances: dict[str, float]


class ClassifierDescription(TypedDict):
    """What is known of a classifier before it is registered: its L2 and its accuracies, parts of one.

    Attributes:
        temperature: by which its logits are divided, where it is calibrated.
        calibration_error: how far off the probability of the likeliest class is among the test pictures, on average.
        source: of pictures of the user's, their folder and digest.
    """

    l2_lambda: float
    train_accuracy: float
    test_accuracy: float
    temperature: NotRequired[float]
    calibration_error: NotRequired[float]
    source: NotRequired[dict[str, str]]


class ClassifierMetadata(ClassifierDescription):
    """The same with what follows from the pictures.

    Attributes:
        shape: of a picture.
        preparation: what is done to a picture of another form before the graph sees it.
        network: what classifies, where it is no dense network on pixels.
        any_size: whether the graph takes pictures (n, height, width, 3) of any size, and not only of `shape`.
        novelty_threshold: the novelty above which a picture is none of the classes, where the graph answers one.
        attention: rows and columns of the places of a picture that the graph says were looked at, where it does.
        example: pixels, in base64, and the probabilities, and novelty, that the graph answers.
    """

    kind: Literal["classifier"]
    dataset: str
    classes: list[str]
    shape: list[int]
    preparation: Literal["digit", "resize"]
    network: NotRequired[str]
    any_size: NotRequired[bool]
    novelty_threshold: NotRequired[float]
    attention: NotRequired[list[int]]
    example: dict[str, object]


def samples_text(samples: Samples) -> str:
    """Some of the samples of data, as JSON: count, of all, and x, y and, where they are given, standard_error.

    One text: MLflow would take a tenth of a second to write, and another to read, so many numbers.
    """
    few = thinned(samples)
    held_out = len(samples.held_out.x) if samples.held_out else 0
    said: dict[str, object] = {"count": len(samples.x) + held_out, "x": few.x.tolist(), "y": few.y.tolist()}
    if few.standard_error is not None:
        said["standard_error"] = few.standard_error.tolist()
    return json.dumps(said, separators=(",", ":"))
