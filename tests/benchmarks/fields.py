"""How precisely functions of several variables are fitted with default parameters, beside radial basis functions.

Functions of two variables at samples of our own choice of places, and at uniformly scattered ones; and the usual test
functions of surrogates, of a few hundred samples. Of each the worst of some seeds, at 20,000 other points. Two
processes with one thread each share the fits.
"""

import argparse
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time

import numpy as np
from scipy.interpolate import RBFInterpolator

from tests.benchmarks.page import write_section
from tests.benchmarks.training import processor
from training.evaluation.field_evaluation import errors_of
from training.regression.config import FitConfig
from training.regression.field_sampling import Problem, sample
from training.regression.field_trainer import train_field
from training.regression.trainer import single_thread

_SQUARE = "x:-1,1; y:-1,1"
_FRANKE = (
    "0.75*exp(-((9*x-2)**2+(9*y-2)**2)/4)+0.75*exp(-(9*x+1)**2/49-(9*y+1)/10)"
    "+0.5*exp(-((9*x-7)**2+(9*y-3)**2)/4)-0.2*exp(-(9*x-4)**2-(9*y-7)**2)"
)
_PEAKS = "3*(1-x)**2*exp(-x**2-(y+1)**2)-10*(x/5-x**3-y**5)*exp(-x**2-y**2)-exp(-(x+1)**2-y**2)/3"
PLANE = {
    "exp(-2(x²+y²))": ("exp(-2*(x**2+y**2))", _SQUARE),
    "exp(-x²-y²) cos(3xy+2x)": ("exp(-x**2-y**2)*cos(3*x*y+2*x)", _SQUARE),
    "Franke's": (_FRANKE, "x:0,1; y:0,1"),
    "MATLAB's peaks": (_PEAKS, "x:-3,3; y:-3,3"),
}
SURROGATES = {
    "Ishigami, 3": (
        "sin(a)+7*sin(b)**2+0.1*c**4*sin(a)",
        "; ".join(f"{v}:-3.1415926,3.1415926" for v in "abc"),
    ),
    "Friedman, 5": ("10*sin(pi*a*b)+20*(c-0.5)**2+10*d+5*g", "; ".join(f"{v}:0,1" for v in "abcdg")),
    "borehole, 8": (
        "2*pi*T*(H-L)/(log(r/w)*(1+2*K*T/(log(r/w)*w**2*C)+T/U))",
        "w:0.05,0.15; r:100,50000; T:63070,115600; H:990,1110; U:63.1,116; L:700,820; K:1120,1680; C:9855,12045",
    ),
}
# Of f, gradient and Hessian.
GOALS = {"arcsine": (5e-11, 1e-9, 5e-8), "uniform": (1e-8, 5e-7, 1e-5)}
_SAMPLES, _FEW, _NEIGHBOURS, _LOOKED_AT = 10_000, 500, 50, 2_000


@dataclass(frozen=True)
class Task:
    """A fit: of a function on its domain, by a design, with a seed."""

    name: str
    target: str
    domain: str
    design: str
    points: int
    seed: int


@dataclass(frozen=True)
class Found:
    """The relative L2 errors of a fit, and of radial basis functions in f; and the fit's seconds of a core."""

    errors: tuple[float, ...]
    others: float
    seconds: float
    units: int


def found(task: Task) -> Found:
    """Fit, and judge between the samples."""
    given = {"target": task.target, "domain": task.domain, "design": task.design, "points": task.points}
    # Of samples that are there already, as an expensive simulation's are, the evidence learns.
    chosen = {} if task.points == _SAMPLES else {"optimizer": "evidence"}
    config = FitConfig.model_validate(given | chosen | {"seed": task.seed, "register_as": "none"})
    problem, began = sample(config, config.seed), process_time()
    with TemporaryDirectory() as folder, single_thread():
        (member,) = train_field(config, problem, Path(folder), bar=False)
        seconds = process_time() - began
        errors = tuple(errors_of(member.fit.layers, problem.judged).values())
        return Found(errors, _radial(problem), seconds, sum(member.fit.layers.sizes[1:-1]))


def _radial(problem: Problem) -> float:
    """The error of thin plates in the nearest samples, at some of the points."""
    box, judged = problem.box, problem.judged.take(np.arange(_LOOKED_AT))
    neighbours = min(_NEIGHBOURS, len(problem.samples.x))
    plates = RBFInterpolator(box.scale(problem.samples.x), problem.samples.y, neighbors=neighbours)
    off = plates(box.scale(judged.x)) - judged.y
    return float(np.linalg.norm(off) / np.linalg.norm(judged.y - judged.y.mean(axis=0)))


def tasks(seeds: int) -> list[Task]:
    """All fits, the slow ones first."""
    many = [
        Task(name, *function, design, _SAMPLES, seed)
        for design in GOALS
        for name, function in PLANE.items()
        for seed in range(seeds)
    ]
    few = [
        Task(name, *function, "uniform", _FEW, seed) for name, function in SURROGATES.items() for seed in range(seeds)
    ]
    return many + few


def report(results: dict[Task, Found], seeds: int) -> str:
    """What the page says."""
    lines = [
        f"Machine: {processor()}; one thread. Relative L2 errors of value / gradient / Hessian at 20,000 other points,",
        f"the worst of {seeds} seeds; seconds of a core, the median; radial basis functions: thin plates in the 50",
        "nearest samples (SciPy), value alone.",
        "",
        "| function, variables | samples | value / gradient / Hessian | goal | units | seconds | radial basis |",
        "|---|---|---|---|---|---|---|",
    ]
    groups: dict[tuple[str, str, int], list[Found]] = {}
    for task, one in results.items():
        groups.setdefault((task.name, task.design, task.points), []).append(one)
    for (name, design, points), all_seeds in groups.items():
        worst = [max(errors) for errors in zip(*(one.errors for one in all_seeds), strict=True)]
        goal = GOALS[design] if points == _SAMPLES else None
        told = [_told(worst), _told(goal) if goal else "", f"{median(one.units for one in all_seeds):g}"]
        told += [f"{median(one.seconds for one in all_seeds):.1f}", f"{max(one.others for one in all_seeds):.1g}"]
        missed = bool(goal) and any(error > limit for error, limit in zip(worst, goal or (), strict=True))
        lines.append(f"| {name} | {points:,} {design} | {' | '.join(told)} |{' **missed**' if missed else ''}")
    return "\n".join(lines)


def _told(errors: tuple[float, ...] | list[float]) -> str:
    return " / ".join(f"{error:.1g}" for error in errors)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    seeds = parser.parse_args().seeds
    every = tasks(seeds)
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        results = dict(zip(every, pool.map(found, every), strict=True))
    text = report(results, seeds)
    print(text)
    write_section("fields", text)


if __name__ == "__main__":
    main()
