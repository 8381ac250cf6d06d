"""What the tests of the page share: a browser, a service with functions, and a place where MLflow's UI is to be."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.support.browser import ARGUMENTS, CHROMIUM
from tests.support.processes import free_port
from tests.support.service import Service, serving
from tests.support.stores import store_in
from training.fit import fit
from training.regression.config import FitConfig

# Where MLflow's UI is to be; in the beginning nothing is.
UI_PORT = free_port()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def shown(
    empty_database: Path, environment: dict[str, str], project: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A service with two versions of a function, noisy data, and a formula."""
    folder = tmp_path_factory.mktemp("shown")
    with store_in(folder, empty_database) as uri:
        rng = np.random.default_rng(0)
        x = rng.uniform(0, 6, 60)
        rows = np.column_stack([x, np.sin(x) + rng.normal(0, 0.1, len(x)), np.full(len(x), 0.1)])
        np.savetxt("waves.csv", rows, delimiter=",", header="time,U / V,sigma", comments="")
        common = {"preset": "precise", "points": 300, "champion": "always"}
        for given in (
            common | {"hidden": "8", "optimizer": "varpro"},
            common,
            common | {"target": "exp(-x^2) * cos(2*x)", "domain": "-3,3", "hidden": "12", "optimizer": "varpro"},
            {
                "data": "waves.csv",
                "x_column": "time",
                "y_column": "U / V",
                "error_column": "sigma",
                "optimizer": "evidence",
                "hidden": "10",
                "register_as": "waves",
                "champion": "always",
            },
        ):
            fit(FitConfig.model_validate(given))
    own = environment | {"PYTHONPATH": str(project), "MLFLOW_TRACKING_URI": uri}
    with serving(folder, own, f"--ui_url=http://127.0.0.1:{UI_PORT}") as running:
        yield running


@pytest.fixture(scope="module")
def tracking_ui(shown: Service) -> Iterator[None]:
    """What answers as MLflow's UI does to the question whether it is there."""

    class Healthy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/health" else 404)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"OK")

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", UI_PORT), Healthy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        deadline = time.monotonic() + 60
        while not shown.client.get("/mlflow").json()["answers"]:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        yield
        server.shutdown()
