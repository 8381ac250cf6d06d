"""Parts of the application that routes depend on."""

from fastapi import Request

from serving.registry.catalog import Catalog
from serving.scheduling.work_queue import WorkQueue
from serving.settings import Settings


def catalog_of(request: Request) -> Catalog:
    """The catalog of the models that are served."""
    catalog: Catalog = request.app.state.catalog
    return catalog


def settings_of(request: Request) -> Settings:
    """The settings that the service was started with."""
    settings: Settings = request.app.state.settings
    return settings


def work_queue_of(request: Request) -> WorkQueue:
    """The queue of the work that takes longer than a moment."""
    queue: WorkQueue = request.app.state.work_queue
    return queue
