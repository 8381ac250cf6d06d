"""The web page and the documentation: files of our own and of installed packages, nothing from elsewhere."""

from importlib.util import find_spec
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool

_OWN = Path(__file__).parents[2] / "page"
# The folders of packages that have the chart library and the documentation's.
_PACKAGES = {"plotly": "package_data", "fastapi_offline": "static"}

router = APIRouter(include_in_schema=False)


@router.get("/")
async def page() -> FileResponse:
    """Draws the functions and asks the classifiers."""
    return FileResponse(_OWN / "index.html")


@router.get("/catalog")
async def catalog() -> FileResponse:
    """What is served, for people; programs ask /models."""
    return FileResponse(_OWN / "catalog.html")


@router.get("/docs")
async def docs() -> FileResponse:
    """The OpenAPI schema, to read and to try."""
    return FileResponse(_OWN / "docs.html")


@router.get("/redoc")
async def redoc() -> FileResponse:
    """The OpenAPI schema, to read in one piece."""
    return FileResponse(_OWN / "redoc.html")


@router.get("/mlflow")
async def mlflow(request: Request) -> dict[str, bool]:
    """Whether MLflow's UI answers, to which the pages have links."""
    return {"answers": await run_in_threadpool(request.app.state.tracking_ui.answers)}


def mount(app: FastAPI) -> None:
    """The files that the pages take."""
    for package, folder in _PACKAGES.items():
        app.mount(f"/static/{package}", StaticFiles(directory=_installed(package) / folder))
    app.mount("/static", StaticFiles(directory=_OWN))


def _installed(package: str) -> Path:
    """Where a package lies; it is not imported."""
    spec = find_spec(package)
    assert spec is not None, f"{package} is one of the dependencies"
    assert spec.submodule_search_locations, f"{package} is a package"
    return Path(spec.submodule_search_locations[0])
