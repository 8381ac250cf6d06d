"""What is served."""

from fastapi import APIRouter

from serving.dependencies import TheRegistry
from serving.schemas import Model

router = APIRouter(prefix="/models", tags=["models"])


@router.get("")
def models(registry: TheRegistry) -> list[Model]:
    """Every served version, with its domain, orders and errors."""
    return [Model.of(function) for function in registry.functions()]
