"""The page of contents that are given, with what HTML and Markdown take for their own in them."""

import base64
import csv
import json
import re
from html import unescape
from math import inf
from pathlib import Path

import pytest

from training.reproduction.answers import Answer
from training.reproduction.contents import Contents
from training.reproduction.drawings import Row, Shown
from training.reproduction.figures import FIGURES, Derivatives
from training.reproduction.needs import QUICK
from training.reproduction.page import figure_name, write
from training.reproduction.questions import QUESTIONS
from training.reproduction.statistics import Spread

CAPTION = "f < g | h & <script>."
ROW = Row(10, "difference", 3, Spread(0.5, 1.0, inf), 2)


def image(number: int) -> bytes:
    return f"PNG {number}".encode()


CONTENTS = Contents(
    QUICK,
    {number: Shown(image(number), CAPTION, "median 0.5", [ROW] if number == 19 else []) for number in FIGURES},
    {
        number: Answer(
            *("not decided", "One of | two <b>fails</b>.", "None does.", ["a|b", "c"], [["<i>", "2 | 3"]]),
            figures=[1, 82],
            metrics={"rate": 0.5},
        )
        for number in QUESTIONS
    },
    {6: image(600)},
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("page")
    write(CONTENTS, made)
    return made


def test_every_image_is_a_file_and_part_of_the_page(folder: Path) -> None:
    files = {path.name: path.read_bytes() for path in folder.glob("*.png")}
    assert files == {f"{figure_name(number)}.png": image(number) for number in FIGURES} | {
        "question_06.png": image(600)
    }
    embedded = re.findall(r'src="data:image/png;base64,(.*?)"', (folder / "report.html").read_text())
    assert [base64.b64decode(each) for each in embedded] == [image(600), *map(image, FIGURES)]


def test_html_shows_what_was_written_and_takes_nothing_for_its_own(folder: Path) -> None:
    html = (folder / "report.html").read_text()
    assert not re.search(r"<(script|b>fails|i>)", html)
    shown = unescape(html)
    assert shown.count(CAPTION) == 2 * len(FIGURES)
    assert shown.count("One of | two <b>fails</b>.") == len(QUESTIONS)
    assert html.count('class="verdict not-decided"') == len(QUESTIONS)


def test_sections_hold_all_figures_in_order_and_derivatives_are_broad(folder: Path) -> None:
    html = (folder / "report.html").read_text()
    figures = re.findall(r'<figure id="figure-(\d+)"( class="broad")?>', html)
    assert [int(number) for number, _ in figures] == list(FIGURES)
    broad = [n for n, drawn in FIGURES.items() if isinstance(drawn, Derivatives) and drawn.order]
    assert [int(number) for number, is_broad in figures if is_broad] == broad
    titles = re.findall(r"<h3>([^<\d][^<]*)</h3>\n<div class=\"figures\">", html)
    assert (len(titles), titles[0][:5], titles[5]) == (10, "Width", "Derivatives")
    # Each begins where the table of figures does: the first of the wave functions' is figure 51.
    assert html.index(titles[6]) < html.index('id="figure-51"') < html.index(titles[7])


def test_a_bar_in_a_cell_of_markdown_ends_no_cell(folder: Path) -> None:
    text = (folder / "report.md").read_text()
    assert text.count("\n| a\\|b | c |\n| --- | --- |\n| <i> | 2 \\| 3 |\n") == len(QUESTIONS)
    assert "\n![The evidence for question 6](question_06.png)\n" in text
    assert "\nFigures 1, 82\n" in text
    assert "**Figure 7.** f < g \\| h & <script>. Median 0.5.\n" in text


def test_the_introduction_says_how_many_seeds_there_are(folder: Path) -> None:
    for name in ("report.html", "report.md"):
        assert f"over {QUICK.seeds} seeds or more ({QUICK.few} where" in (folder / name).read_text()


def test_numbers_and_answers_are_there_to_be_read_by_programs(folder: Path) -> None:
    with (folder / "numbers.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row == {
        "figure": "19",
        "value": "10",
        "quantity": "difference",
        "runs": "3",
        "low": "0.5",
        "median": "1.0",
        "high": "inf",
        "failed": "2",
    }
    answers = json.loads((folder / "answers.json").read_text())
    assert list(answers) == [str(number) for number in QUESTIONS]
    assert answers["6"]["asked"] == QUESTIONS[6].asked
    assert answers["6"]["metrics"] == {"rate": 0.5}
    assert answers["6"]["rows"] == [["<i>", "2 | 3"]]
