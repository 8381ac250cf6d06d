"""Loads a registered model of any kind that is served."""

from pathlib import Path

from serving import classifiers, models
from serving.classifiers import Classifier
from serving.models import Function, Version, description

ServedModel = Function | Classifier


def load(folder: Path, version: Version) -> ServedModel:
    """Load a logged model from its folder, as the kind that it says it is.

    Raises:
        RefusedModel: it is not one of ours, is damaged, or does not answer its own example.
    """
    if description(folder).get("kind") == "classifier":
        return classifiers.load(folder, version)
    return models.load(folder, version)
