"""The application, made by a factory so that nothing happens at import."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from serving import errors
from serving.limits import BodyLimit
from serving.registry import Registry
from serving.routes import classifiers, functions, health, models
from serving.settings import Settings

log = logging.getLogger("derivable.serving")


def create_app(settings: Settings) -> FastAPI:
    """The service for the models in the registry that the settings name."""
    app = FastAPI(
        title="Derivable",
        summary="Functions fitted with small neural networks, with their derivatives; and classifiers of pictures.",
        lifespan=_lifespan,
    )
    app.state.settings = settings
    app.state.registry = Registry(settings.tracking_uri, settings.alias)
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes)
    errors.install(app)
    for routes in (health, models, functions, classifiers):
        app.include_router(routes.router)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    await run_in_threadpool(app.state.registry.refresh)
    following = asyncio.create_task(_follow(app.state.registry, app.state.settings.refresh_seconds))
    yield
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following


async def _follow(registry: Registry, seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await run_in_threadpool(registry.refresh)
        except Exception:
            # A bug, or a store in a state that nobody thought of: what is loaded goes on answering.
            log.exception("following the registry failed; trying again")
