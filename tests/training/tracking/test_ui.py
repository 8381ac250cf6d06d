"""MLflow's UI as `make ui` opens it, in a browser."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from serving.registry.tracking_ui import TrackingUI
from tests.support.browser import ARGUMENTS, CHROMIUM
from tests.support.processes import free_port
from training.errors import InvalidParameter
from training.regression.config import FitConfig
from training.regression.sampling import sample
from training.tracking import dataset_input, tracking
from training.tracking.ui import UiConfig, show

CONFIG = FitConfig(target="psi_3")


@dataclass(frozen=True)
class Ui:
    """The UI of a store with a run of the project."""

    port: int
    address: str
    store: str


@pytest.fixture(scope="module")
def ui(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    folder = tmp_path_factory.mktemp("ui")
    uri = f"sqlite:///{shutil.copy(empty_database, folder)}"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("MLFLOW_TRACKING_URI", uri)
        patch.setenv("MLFLOW_EXPERIMENT_NAME", "elsewhere")
        with tracking.run(CONFIG, CONFIG.run_name) as run_id:
            tracking.log_dataset(run_id, "training", dataset_input.of_samples(CONFIG, sample(CONFIG, CONFIG.seed)))
    port = free_port()
    own = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    own |= {"MLFLOW_TRACKING_URI": uri, "PYTHONPATH": str(Path(tracking.__file__).parents[2])}
    command = [sys.executable, "-m", "training.ui", f"--port={port}"]
    with subprocess.Popen(command, cwd=folder, env=own, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        found = (re.fullmatch(r"The runs are on (\S+) \(Ctrl-C ends it\)\n", line) for line in process.stdout)
        said = next(filter(None, found))
        yield Ui(port, said[1], uri)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0


def test_it_opens_at_the_newest_run_of_the_project(ui: Ui) -> None:
    assert ui.address == f"http://127.0.0.1:{ui.port}/#/experiments/1?workflowType=machine_learning"


@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on the PATH (apt-get install chromium)")
def test_the_run_and_its_dataset_are_seen_there(ui: Ui) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1600, "height": 900})
        page.goto(ui.address)
        expect(page.get_by_text(CONFIG.run_name).first).to_be_visible(timeout=60_000)
        expect(page.get_by_text(re.compile(r"psi_3 \([0-9a-f]{12}\)")).first).to_be_visible()
        browser.close()


def test_the_service_finds_that_it_answers(ui: Ui) -> None:
    assert TrackingUI(f"http://127.0.0.1:{ui.port}").answers()


def test_of_a_server_the_address_is_told(ui: Ui, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{ui.port}/")
    assert show(UiConfig()) == f"the runs are on {ui.address}"


def test_a_port_in_use_says_what_to_type_instead(ui: Ui, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", ui.store)
    monkeypatch.setenv("MLFLOW_PORT", str(ui.port))
    with pytest.raises(InvalidParameter) as raised:
        show(UiConfig())
    said = str(raised.value)
    assert said.startswith(f"port: {ui.port} is in use; if that is MLflow's UI, the runs are on {ui.address}; ")
    assert re.search(r"`make ui ARGS=--port=\d+` takes another$", said)
