"""The tables of the README and of the pages that it links are what the code says, and their links lead somewhere."""

import re
from pathlib import Path
from typing import get_args

import pytest

from tests.support.environment import ROOT
from tests.support.pages import PAGES, README
from training.classification.config import ClassifyConfig
from training.parameters.command_line import CommandLine
from training.regression.config import FitConfig
from training.regression.methods import Optimizer
from training.regression.presets import PRESETS
from training.sweeps.config import SweepConfig


@pytest.mark.parametrize("config", [FitConfig(), ClassifyConfig(), SweepConfig()])
def test_the_table_of_parameters(config: CommandLine) -> None:
    written = {name: f"`{value}`" for name, value in config.as_strings().items()}
    fields = type(config).model_fields
    # A study has those of a fit, and others of its own.
    known = FitConfig.model_fields.keys() - SweepConfig.__annotations__.keys()
    for name in fields.keys() - (known if isinstance(config, SweepConfig) else ()):
        assert f"| `{name}` | {written.get(name, '')} | {fields[name].description} |" in README


@pytest.mark.parametrize("preset", PRESETS)
def test_the_table_of_presets(preset: str) -> None:
    config = FitConfig.parse([f"--preset={preset}"])
    rate = "" if config.learning_rate is None else f"`{config.learning_rate}`"
    ending = f"| `{config.optimizer}` | `{config.activation}` | {rate} |".replace("|  |", "| |")
    assert re.search(rf"^\| `{preset}` \|[^|]*{re.escape(ending)}$", README, re.MULTILINE)


@pytest.mark.parametrize("optimizer", get_args(Optimizer))
def test_the_table_of_optimizers(optimizer: str) -> None:
    written = FitConfig.parse([f"--optimizer={optimizer}"]).as_strings()
    (line,) = re.findall(rf"^\| [^|]*`{optimizer}`[^|]*\|[^|]*\| `(?:auto|\d).*$", README, re.MULTILINE)
    hidden, epochs, batch_size = [re.findall("`(.*?)`", cell) for cell in line.split("|")[3:6]]
    assert (hidden, epochs) == ([written["hidden"]], [written["epochs"]])
    assert batch_size == [written[name] for name in ("batch_size",) if name in written]


@pytest.mark.parametrize(
    "page", [*PAGES, ROOT / "tests" / "benchmarks" / "README.md"], ids=lambda page: page.parent.name
)
def test_what_a_page_links_is_there(page: Path) -> None:
    for link in re.findall(r"\]\(([^)]*)\)", page.read_text()):
        name, _, section = link.partition("#")
        if name.startswith("https:"):
            continue
        linked = page.parent / name if name else page
        assert linked.exists(), link
        titles = re.findall(r"^#+ (.*)$", linked.read_text(), re.MULTILINE) if section else []
        assert not section or section in {re.sub(r"[^a-z0-9 -]", "", t.lower()).replace(" ", "-") for t in titles}, link


def test_the_front_page_is_short() -> None:
    assert len(PAGES[0].read_text().splitlines()) <= 150
