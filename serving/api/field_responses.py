"""Answers to evaluations of functions of several variables, before they are written."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serving.api.schemas import described
from serving.models.evaluation import FEW
from serving.models.field_evaluation import ByName, FieldResult
from serving.models.fields import OUTPUTS, POSTERIOR_STD


def content(result: FieldResult) -> dict[str, object]:
    """A FieldEvaluation (serving.api.field_schemas)."""
    metadata, values = result.function.metadata, result.values
    found: dict[str, object] = {
        "model": described(result.function.version),
        "variables": metadata.variables,
        "outputs": metadata.outputs,
        "x": result.x,
        **{name: values.outputs[name] for name in OUTPUTS if name in values.outputs},
    }
    if values.partials:
        found["derivatives"] = _contiguous(values.partials)
    if metadata.bands and (posterior_std := _posterior_std(result)):
        found["standard_deviations"] = posterior_std
    return found | _inside(metadata.variables, result) | {"warnings": result.warnings}


def _inside(variables: Sequence[str], result: FieldResult) -> dict[str, object]:
    inside = result.inside
    if result.is_inside and inside.size <= FEW:
        all_true = [True] * len(inside)
        return {"in_domain": all_true, "in_domain_by_variable": dict.fromkeys(variables, all_true)}
    by_variable = dict(zip(variables, np.ascontiguousarray(inside.T), strict=True))
    return {"in_domain": inside.all(axis=1), "in_domain_by_variable": by_variable}


def columns(result: FieldResult) -> dict[str, NDArray[Any]]:
    """The fields of an array: partial derivatives are named for the positions of their variables, derivative_0_1."""
    values, positions = result.values, result.function.metadata.variables.index
    found: dict[str, NDArray[Any]] = {"x": result.x, **values.outputs}
    for prefix, by_name in (("derivative", values.partials), ("derivative_deviation", values.partial_posterior_std)):
        for name, of_name in by_name.items():
            found["_".join([prefix, *(str(positions(part.strip())) for part in name.split(","))])] = of_name
    return found | {"in_domain": result.inside}


def _posterior_std(result: FieldResult) -> dict[str, object]:
    values = result.values
    pairs = zip(POSTERIOR_STD, OUTPUTS, strict=False)
    found: dict[str, object] = {name: values.outputs[of] for of, name in pairs if of in values.outputs}
    if values.partial_posterior_std:
        found["derivatives"] = _contiguous(values.partial_posterior_std)
    return found


def _contiguous(values: ByName) -> ByName:
    """What is to be written: parts of a gradient or of a Hessian are strided."""
    return {name: np.ascontiguousarray(of_name) for name, of_name in values.items()}
