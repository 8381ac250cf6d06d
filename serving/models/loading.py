"""Loads a registered model of any kind that is served."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from serving.models import classifiers, fields, functions
from serving.models.classifiers import Classifier
from serving.models.fields import FieldFunction
from serving.models.functions import Function
from serving.models.logged_model import Version, description

ServedModel = Function | FieldFunction | Classifier


def load(folder: Path, version: Version, said: Mapping[str, Any] | None = None) -> ServedModel:
    """Load a logged model from its folder, as the kind that it says it is.

    Args:
        folder: as MLflow logs it.
        version: which it is.
        said: what it says of itself, where it has been checked already (serving.models.checker).

    Raises:
        RefusedModel: it is not one of ours, is damaged, or does not answer its own example.
    """
    given = description(folder) if said is None else said
    if given.get("kind") == "classifier":
        return classifiers.load(folder, version, said)
    if given.get("kind") == "field":
        return fields.load(folder, version, said)
    return functions.load(folder, version, said)
