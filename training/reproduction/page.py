"""The page: HTML in one file, Markdown with the figures beside it, and the numbers as CSV and JSON."""

import base64
import csv
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from training.regression.success import FAILED_PART
from training.reproduction.contents import Contents, table
from training.reproduction.figures import FIGURES, Derivatives
from training.reproduction.questions import QUESTIONS
from training.reproduction.statistics import percent

_TITLE = "Fitting functions with small neural networks: the study, repeated"
# The first figure of each section of the study, and what it is about.
_SECTIONS = {
    1: "Width, batch and epochs: the function and its fit",
    15: "Many trainings of the same setting",
    19: "The difference against width, epochs and batch size",
    29: "The time against epochs, batch size and width",
    34: "The setting with 1,021 parameters",
    42: "Derivatives",
    51: "Wave functions, 500 points",
    59: "Their squared moduli, 500 points",
    67: "Wave functions, 10,001 points",
    75: "Their squared moduli, 10,001 points",
}


def write(contents: Contents, folder: Path) -> None:
    """Write report.html, report.md, figure_01.png …, numbers.csv and answers.json into the folder."""
    for number, shown in contents.figures.items():
        (folder / f"{figure_name(number)}.png").write_bytes(shown.png)
    for number, image in contents.own.items():
        (folder / f"{_own_name(number)}.png").write_bytes(image)
    (folder / "report.html").write_text(_html(contents), encoding="utf-8")
    (folder / "report.md").write_text(_markdown(contents), encoding="utf-8")
    (folder / "answers.json").write_text(json.dumps(_answers(contents), indent=1), encoding="utf-8")
    with (folder / "numbers.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(table(contents.figures))


def figure_name(number: int) -> str:
    """The name of a figure, as figure_01, the same in every run."""
    return f"figure_{number:02}"


def _own_name(question: int) -> str:
    return f"question_{question:02}"


def _html(contents: Contents) -> str:
    return _rendered(
        "page.html.jinja", contents, lambda _, png: f"data:image/png;base64,{base64.b64encode(png).decode()}"
    )


def _markdown(contents: Contents) -> str:
    return _rendered("page.md.jinja", contents, lambda name, _: f"{name}.png")


def _rendered(template: str, contents: Contents, image: Callable[[str, bytes], str]) -> str:
    """The template with each figure as the string that `image` makes of its name and its PNG file."""
    environment = Environment(
        loader=PackageLoader("training.reproduction", ""),
        autoescape=select_autoescape(["html.jinja"]),
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    environment.filters["cell"] = lambda text: str(text).replace("|", "\\|")
    sections = [_section(contents, first, image) for first in _SECTIONS]
    questions = [
        answer
        | {"image": image(_own_name(int(number)), contents.own[int(number)]) if int(number) in contents.own else ""}
        for number, answer in _answers(contents).items()
    ]
    introduction = _introduction(contents)
    return environment.get_template(template).render(
        title=_TITLE, introduction=introduction, questions=questions, sections=sections
    )


def _section(contents: Contents, first: int, image: Callable[[str, bytes], str]) -> Mapping[str, Any]:
    last = min((start for start in _SECTIONS if start > first), default=max(FIGURES) + 1)
    figures = []
    for number in range(first, last):
        shown, drawn = contents.figures[number], FIGURES[number]
        figures.append(
            {
                "number": number,
                "image": image(figure_name(number), shown.png),
                "caption": shown.caption,
                "measured": f"{shown.measured[0].upper()}{shown.measured[1:]}.",
                "broad": isinstance(drawn, Derivatives) and drawn.order > 0,
            }
        )
    return {"title": _SECTIONS[first], "figures": figures}


def _answers(contents: Contents) -> dict[str, dict[str, Any]]:
    """Each answer by the number of its question, as JSON has it."""
    return {
        str(number): {
            "number": number,
            "asked": QUESTIONS[number].asked,
            "verdict": answer.verdict,
            "sentence": answer.sentence,
            "standardised": answer.standardised,
            "header": list(answer.header),
            "rows": [list(row) for row in answer.rows],
            "figures": list(answer.figures),
            "metrics": dict(answer.metrics),
        }
        for number, answer in contents.answers.items()
    }


def _introduction(contents: Contents) -> list[str]:
    budget = contents.budget
    return [
        "A student's study fitted the normal density and the wave functions of the harmonic oscillator with networks "
        "of two hidden layers, in 82 figures, and left ten questions. Here are all of them: its settings, trained "
        "again, with as many seeds as an answer takes. An answer is of trainings as the study's; then it says what "
        "standardising x and y changes.",
        f"Medians stand with the quantiles of 10 % and 90 %, over {budget.seeds} seeds or more ({budget.few} where "
        "wide networks are drawn against epochs and batches), rates with Wilson's 95 % interval, mostly over "
        f"{budget.many} seeds. The difference is the mean squared difference at the samples (after an epoch before "
        f"the last: at 1,000 of them). A training has failed where its difference exceeds {percent(FAILED_PART)} of "
        "the function's variance, or is not a number.",
        "What the study does not say is chosen: ReLU, Adam with a learning rate of 0.001, float32, Glorot-uniform "
        "weights, the ranges of figures 19 to 41, and batch 20 for the wave functions, with 30 epochs, or 8 of 10,001 "
        "points. x, on [-5, 5], and the function are as they are, not standardised: the study does not speak of it.",
        "Timed trainings had a core for themselves, after an epoch that warmed it up, in shuffled order.",
    ]
