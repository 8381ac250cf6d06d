"""The application, made by a factory so that nothing happens at import."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.types import ASGIApp

from serving.api import openapi
from serving.api.fast_path import FastPath
from serving.api.routes import classifiers, functions, health, models, open_inference, page, samples, umbridge, webhooks
from serving.api.routes import metrics as metrics_route
from serving.decoding.decoder import Decoder
from serving.http import error_responses
from serving.middleware.api_keys import ApiKeyRequired, ApiKeys
from serving.middleware.compression import Compression
from serving.middleware.implicit_methods import ImplicitMethods
from serving.middleware.limits import BodyLimit, ConcurrencyLimit, TimeLimit
from serving.middleware.request_context import RequestContext
from serving.middleware.trusted_hosts import TrustedHosts
from serving.observability import logs, metrics
from serving.registry.catalog import Catalog
from serving.registry.tracking_ui import TrackingUI
from serving.registry.watcher import Watcher
from serving.runtime import allocator, garbage
from serving.scheduling.memory_budget import Budget
from serving.scheduling.work_queue import WorkQueue
from serving.settings import Settings, listed

_PARTS = (functions, samples, classifiers, models, open_inference, umbridge, health, metrics_route, webhooks, page)
_ROUTERS = (*(part.router for part in _PARTS), open_inference.models)


def create_service(settings: Settings) -> ASGIApp:
    """The application and what every request passes through before it.

    Around the application and not in it: FastAPI's own layers take a tenth of the time of an answer.

    Raises:
        MlflowException, RegistryDown: the tracking URI is not one, or names no store.
        OSError, ValueError: the file of API keys cannot be read, or has none.
    """
    routed = create_app(settings)
    routes = [*routed.routes, *(route for router in _ROUTERS for route in router.routes)]
    app: ASGIApp = FastPath(ImplicitMethods(routed, routes), routed)
    app = BodyLimit(Compression(app), settings.max_body_bytes, Budget(settings.max_memory_bytes))
    given = listed(settings.api_keys.get_secret_value()) if settings.api_keys else []
    if keys := ApiKeys(given, settings.api_keys_file):
        app = ApiKeyRequired(app, keys)
    app = ConcurrencyLimit(TimeLimit(app, settings.max_seconds), settings.max_requests)
    return RequestContext(TrustedHosts(app, settings.host, listed(settings.trusted_hosts or "")))


def create_app(settings: Settings) -> FastAPI:
    """The routes, for the models in the registry that the settings name.

    Raises:
        MlflowException, RegistryDown: the tracking URI is not one, or names no store.
    """
    app = FastAPI(
        title="Derivable",
        summary="Functions fitted with small neural networks, with their derivatives; and classifiers of pictures.",
        description=openapi.DESCRIPTION,
        openapi_tags=openapi.TAGS,
        version="1",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.settings = settings
    app.state.work_queue, app.state.decoder = WorkQueue(), Decoder()
    app.state.catalog = Catalog(settings.tracking_uri, settings.alias, settings.max_versions)
    app.state.watcher = Watcher(app.state.catalog, settings.refresh_seconds)
    app.state.tracking_ui = TrackingUI(settings.ui_url)
    error_responses.install(app)
    for router in _ROUTERS:
        app.include_router(router)
    page.mount(app)
    return app


def create_from_environment() -> ASGIApp:
    """The service in a worker, which knows the settings from the environment only."""
    logs.configure()
    allocator.configure()
    return create_service(Settings())


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with app.state.watcher.watching():
        garbage.keep()
        yield
    await app.state.decoder.end()
    metrics.forget_this_worker()
