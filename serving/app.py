"""The application, made by a factory so that nothing happens at import."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.types import ASGIApp

from serving import allocator, documentation, logs, metrics, problems
from serving.compressed import Compressed
from serving.decoding import Decoder
from serving.doors import Hosts, Methods
from serving.follower import Follower
from serving.keys import KeyRequired, Keys
from serving.lanes import Lane
from serving.limits import BodyLimit, ConcurrencyLimit, TimeLimit
from serving.memory import Budget
from serving.observed import Observed
from serving.registry import Registry
from serving.routes import classifiers, functions, health, inference, models, page, webhooks
from serving.routes import metrics as metrics_route
from serving.settings import Settings, listed
from serving.shortcut import Shortcut
from serving.tracking_ui import TrackingUI

_PARTS = (functions, classifiers, models, inference, health, metrics_route, webhooks, page)
_ROUTERS = (*(part.router for part in _PARTS), inference.models)


def create_service(settings: Settings) -> ASGIApp:
    """The application and what every request passes through before it.

    Around the application and not in it: FastAPI's own layers take a tenth of the time of an answer.

    Raises:
        MlflowException: the tracking URI is not one.
        OSError, ValueError: the file of API keys can not be read, or has none.
    """
    routed = create_app(settings)
    routes = [*routed.routes, *(route for router in _ROUTERS for route in router.routes)]
    app: ASGIApp = Shortcut(Methods(routed, routes), routed)
    app = BodyLimit(Compressed(app), settings.max_body_bytes, Budget(settings.max_memory_bytes))
    given = listed(settings.api_keys.get_secret_value()) if settings.api_keys else []
    if keys := Keys(given, settings.api_keys_file):
        app = KeyRequired(app, keys)
    app = ConcurrencyLimit(TimeLimit(app, settings.max_seconds), settings.max_requests)
    return Observed(Hosts(app, settings.host, listed(settings.trusted_hosts or "")))


def create_app(settings: Settings) -> FastAPI:
    """The routes, for the models in the registry that the settings name.

    Raises:
        MlflowException: the tracking URI is not one.
    """
    app = FastAPI(
        title="Derivable",
        summary="Functions fitted with small neural networks, with their derivatives; and classifiers of pictures.",
        description=documentation.DESCRIPTION,
        openapi_tags=documentation.TAGS,
        version="1",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.settings = settings
    app.state.lane, app.state.decoder = Lane(), Decoder()
    app.state.registry = Registry(settings.tracking_uri, settings.alias, settings.max_versions)
    app.state.follower = Follower(app.state.registry, settings.refresh_seconds)
    app.state.tracking_ui = TrackingUI(settings.ui_url)
    problems.install(app)
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
    async with app.state.follower.following():
        # What is there now stays: collecting garbage need not look at it again, which took up to 0.1 s.
        gc.collect()
        gc.freeze()
        yield
    await app.state.decoder.end()
    metrics.forget_this_worker()
