"""What is served."""

from fastapi import APIRouter

from serving.classifier_schemas import ClassifierModel
from serving.classifiers import Classifier
from serving.dependencies import TheRegistry
from serving.schemas import Model

router = APIRouter(prefix="/models", tags=["models"])


@router.get("")
def models(registry: TheRegistry) -> list[Model | ClassifierModel]:
    """Every served version: a function with its domain, orders and errors, a classifier with its classes."""
    return [
        ClassifierModel.of(model) if isinstance(model, Classifier) else Model.of(model) for model in registry.models()
    ]
