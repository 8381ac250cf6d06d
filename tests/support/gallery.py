"""Figures of all kinds, drawn of small runs and of invented ones: `make figures` writes them into a folder."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from torch import Tensor

from training.classification.diagnosis.learning_curve import LearningCurve
from training.classification.picture_classifier import PictureClassifier
from training.classification.pictures import Pictures, Pixels
from training.classification.trained import Predictions
from training.differentiation.finite_differences import (
    FORMULAS,
    Comparison,
    Errors,
    both_figure,
    error_figure,
    fit_figure,
    function_figure,
)
from training.evaluation.baselines import fit_baselines
from training.models.networks import Network
from training.plotting import classifier_diagnosis, classifier_plots, field_plots, plots
from training.regression import field_sampling
from training.regression.config import FitConfig
from training.regression.field_trainer import train_field
from training.regression.result import TrainingResult
from training.regression.sampling import sample
from training.regression.trainer import single_thread, train
from training.reproduction.drawings import draw
from training.reproduction.figures import FIGURES, Derivatives
from training.reproduction.needs import Budget, Need
from training.reproduction.questions import QUESTIONS
from training.reproduction.results import Results, truth
from training.sweeps import plots as study_plots
from training.sweeps.results import CellResults, Retry

# One of each kind: a fit, many, its difference, differences against each parameter, times, times of each run.
_REPORT = (12, 16, 18, 20, 24, 28, 29, 33, 35)
_BUDGET = Budget(seeds=8, many=20, repeats=3, few=5)
_DIGITS = tuple(map(str, range(10)))


def gallery() -> Iterator[tuple[str, Figure]]:
    """All kinds by name."""
    for kind, figures in {
        "function": _of_fit("--target=exp(-x**2)*cos(3*x)"),
        "solver": _of_fit("--target=gaussian", "--hidden=8", "--epochs=20"),
        "line": _of_fit("--target=2*t"),
        "errors": _of_data("time (s)", "current (mA)", sigma="sigma", noise=0.05),
        "data": _of_data("x", "y", sigma=None, noise=0.1),
        "exact": _of_data("x", "y", sigma=None, noise=0.0),
        "members": _members(),
        "study": _study("hidden", ["5", "10", "15", "20", "25"], seeds=20),
        "study_log": _study("batch_size", ["20", "60", "200", "600"], seeds=20, until=1e-4),
        "study_words": _study("activation", ["tanh", "sin", "softplus"], seeds=1),
        "study_grid": _study("hidden", ["5", "10", "20"], seeds=6, other=("batch_size", ["50", "200"])),
        "derivatives": _derivatives(),
        "several": _of_several("--target=exp(-x^2)*sin(y)", "--domain=x:-2,2;y:-3,3"),
        "report": _report(),
        "classifier": _classifier(),
    }.items():
        for name, figure in figures.items():
            yield f"{kind}-{name}", figure


@cache
def _fitted(*arguments: str) -> tuple[FitConfig, Network, plots.Picture]:
    config = FitConfig.parse(["--register_as=none", *arguments])
    samples = sample(config, config.seed)
    with TemporaryDirectory() as folder, single_thread():
        (member,) = train(config, samples, Path(folder), bar=False)
        others = fit_baselines(samples.x, samples.y, samples.domain, samples.weights**2)
    known = (samples.domain, config.function, samples, others)
    picture = plots.Picture(config.fitted, member.fit, *known, *plots.names(config))
    return config, member.fit, picture


def _of_several(*arguments: str) -> Mapping[str, Figure]:
    config = FitConfig.parse(["--register_as=none", *arguments])
    problem = field_sampling.sample(config, config.seed)
    with TemporaryDirectory() as folder, single_thread():
        (member,) = train_field(config, problem, Path(folder), bar=False)
    known = (problem.box, config.outputs, member.fit.layers, problem.function, problem.judged)
    return field_plots.figures(field_plots.FieldPicture(*known))


def _of_fit(*arguments: str) -> Mapping[str, Figure]:
    return plots.figures(_fitted(*arguments)[2])


def _of_data(x_name: str, y_name: str, sigma: str | None, noise: float) -> Mapping[str, Figure]:
    random, x = np.random.default_rng(0), np.linspace(0, 6, 80)
    columns = [x, np.sin(x) + noise * random.normal(size=80), *([np.full(80, noise)] if sigma else [])]
    header = ",".join([x_name, y_name, *([sigma] if sigma else [])])
    with TemporaryDirectory() as folder:
        path = f"{folder}/measured.csv"
        np.savetxt(path, np.column_stack(columns), delimiter=",", header=header, comments="")
        given = [f"--data={path}", f"--x_column={x_name}", f"--y_column={y_name}"]
        return _of_fit(*given, *([f"--error_column={sigma}"] if sigma else []))


def _members() -> Mapping[str, Figure]:
    config, _, picture = _fitted("--target=exp(-x**2)*cos(3*x)")
    assert config.function is not None
    x = picture.domain.grid()
    curves = [config.function.derivative(x) + 0.02 * shift * np.cos(x) for shift in range(-5, 5)]
    return {"function": plots.members(picture.title, config.function, picture.domain, curves)}


def _study(
    name: str, values: Sequence[str], seeds: int, until: float | None = None, other: tuple[str, list[str]] | None = None
) -> Mapping[str, Figure]:
    """Of errors that fall with each value, and of which none at the last value is one of a failure."""
    random, cells = np.random.default_rng(1), []
    for number, value in enumerate(values):
        for second in other[1] if other else [""]:
            mse = 10.0 ** (-2 - number + random.normal(size=seeds))
            runs = [TrainingResult(seed, float(e), 0.5, bool(e > 1e-2)) for seed, e in enumerate(mse)]
            alone = {i: 0.2 * (number + 1) * random.uniform(1, 1.1) for i in range(3)}
            retries = {i: Retry(1.0 / (number + 1) * random.uniform(1, 3), 2, True) for i in range(3)} if until else {}
            varied = {name: value} | ({other[0]: second} if other else {})
            cells.append(CellResults(varied, {0: "run"}, runs, alone, retries))
    return study_plots.figures(cells, "gaussian", until)


def _derivatives() -> Mapping[str, Figure]:
    config, network, picture = _fitted("--target=gaussian", "--hidden=8", "--epochs=20")
    assert config.function is not None
    steps = np.geomspace(1e-8, 1, 13)
    with single_thread():
        errors = Errors.of(Comparison(config.function, network, picture.domain, 1e-3, steps, "float32"))
    figures = {"error_against_step": error_figure(errors), "fit": fit_figure(errors.comparison)}
    for order in FORMULAS:
        figures |= {f"function_{order}": function_figure(errors.comparison, order)}
        figures |= {f"both_{order}": both_figure(errors, order)}
    return figures


def _report() -> Mapping[str, Figure]:
    """Of invented trainings."""
    random = np.random.default_rng(2)
    asked = [*(FIGURES[number] for number in _REPORT), *QUESTIONS.values()]
    needs = [_BUDGET.needed(need) for asking in asked for need in asking.needs(_BUDGET)]
    results = Results(_BUDGET, {need: _invented(need, random) for need in sorted(needs, key=lambda need: need.runs)})
    figures = {}
    for number in _REPORT:
        drawn = FIGURES[number]
        assert not isinstance(drawn, Derivatives)
        shown = draw(drawn, results).figure
        assert isinstance(shown, Figure)
        figures[str(number)] = shown
    answers = {number: question.answer(results).figure for number, question in QUESTIONS.items()}
    return figures | {f"question_{number}": figure for number, figure in answers.items() if figure is not None}


def _invented(need: Need, random: np.random.Generator) -> list[TrainingResult]:
    setting, found = need.setting, []
    x, function = truth(setting)
    for seed in [setting.seed + i for i in range(need.runs)] + [setting.seed] * max(need.repeats - 1, 0):
        size = 10 ** random.normal(-2, 0.5) * (0.1 if setting.standardise else 1)
        curve = function + size * np.cos(x * random.uniform(1, 2))
        mse, epochs = float(np.mean((curve - function) ** 2)), np.arange(1, setting.epochs + 1)
        seconds = setting.epochs * setting.hidden[0] * random.uniform(1, 1.1) / (setting.batch_size or 1) / 100
        history = (mse * setting.epochs / epochs).tolist()
        one = TrainingResult(seed, mse, seconds, mse > 2e-4, history=history, curve=curve)
        found.append(replace(one, errors={f"error_d{order}": size for order in range(3)}))
    return found


def _classifier() -> Mapping[str, Figure]:
    random = np.random.default_rng(3)
    labels = np.repeat(np.arange(10), 20)
    predictions = np.where(random.uniform(size=200) < 0.9, labels, random.integers(0, 10, 200))
    probabilities = np.full((200, 10), 0.02)
    probabilities[np.arange(200), predictions] = random.uniform(0.5, 0.82, 200)
    pixels = random.integers(0, 256, (200, 28, 28), dtype=np.uint8)
    judged = Predictions(Pictures(pixels, labels), probabilities, predictions)
    cats = judged.pictures.take(labels < 2)
    two = Predictions(cats, probabilities[labels < 2, :2], np.minimum(predictions[labels < 2], 1))
    table = {"l2_lambda": [0, 10, 30, 50, 100, 1000.0], "train_accuracy": [1, 1, 0.99, 0.98, 0.92, 0.7]}
    mnist = {"l2_lambda": [0, 3, 1, 0.1], "train_accuracy": [1, 0.97, 0.98, 0.99]}
    curve = LearningCurve([26, 52, 104, 209], [0.6, 0.66, 0.74, 0.78], 50, (0.04, -0.02, 0.1))
    return {
        "calibration": classifier_diagnosis.calibration(judged),
        "learning_curve": classifier_diagnosis.learning_curve(curve),
        "mistakes_looked_at": classifier_plots.mistakes(judged, _DIGITS, _Dark(pixels)),
        "confusion": classifier_plots.confusion(judged, _DIGITS),
        "confusion_cats": classifier_plots.confusion(two, ("not a cat", "cat")),
        "mistakes": classifier_plots.mistakes(judged, _DIGITS),
        "mistakes_few": classifier_plots.mistakes(two, ("not a cat", "cat")),
        "weights": classifier_plots.weights([random.normal(size=(20, 784)), random.normal(size=(10, 20))]),
        "cats": classifier_plots.accuracy_against_lambda(
            table | {"test_accuracy": [0.72, 0.74, 0.76, 0.78, 0.72, 0.34]}, 50
        ),
        "mnist": classifier_plots.accuracy_against_lambda(
            mnist | {"validation_accuracy": [0.95, 0.965, 0.968, 0.96]}, 10_000
        ),
    }


class _Dark(PictureClassifier):
    """Says of a picture what its darkest quarter says."""

    def __init__(self, pixels: Pixels):
        super().__init__()
        self._side = pixels.shape[1] // 2

    def forward(self, pixels: Tensor) -> tuple[Tensor]:
        brightness = pixels[:, : self._side, : self._side].float().mean((1, 2)) / 255
        return (torch.stack([brightness] * 10, 1),)


def main(folder: Path) -> None:
    """Draw all of them into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in gallery():
        FigureCanvasAgg(figure).print_png(folder / f"{name}.png")  # type: ignore[no-untyped-call]
    print(f"{len(list(folder.glob('*.png')))} figures in {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
