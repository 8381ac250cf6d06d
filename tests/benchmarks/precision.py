"""`make bench-precision`: how precisely f, f' and f'' are fitted, beside the goals and what one would take instead.

Two processes with one thread each, on a core of their own, share the fits. No seed is chosen and no fit left out.
"""

import argparse
import multiprocessing
import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

from tqdm import tqdm

from tests.benchmarks.approximations import (
    DETERMINISTIC,
    HIGHEST_ORDER,
    NETWORKS,
    POINTS,
    RANDOM,
    Result,
    Task,
    measure,
)
from tests.benchmarks.page import PAGE, write_section
from tests.benchmarks.served import Served, served
from tests.benchmarks.training import ENVIRONMENT, processor

COMPARED = ("gaussian", "psi_3^2")
TARGETS = ("gaussian", *(f"psi_{n}" for n in range(4)), *(f"psi_{n}^2" for n in range(4)))
SAMPLES = (POINTS, 10_001)
NOISE = 0.01
_NOISY = ("evidence", "Chebyshev series", "spline", "scikit-learn, early stopping")
_ROWS = (*DETERMINISTIC, *RANDOM, *(name for name in NETWORKS if name != "varpro 20,20"))
# By order: for the median over the seeds and, where there is one, for the worst seed.
GOALS: Mapping[str, Mapping[int, tuple[float, ...]]] = {
    "varpro 20,20": {0: (1e-9,), 2: (4e-8, 1e-7)},
    "varpro 30,30": {0: (1e-10,), 2: (5e-9, 1e-8)},
    "varpro 200,200": {0: (1e-13,), 2: (2e-11, 5e-11)},
    "evidence": {2: (0.09, 0.12)},
}
_LABELS = [f"f{order * chr(39)}" for order in range(HIGHEST_ORDER + 1)]


@dataclass(frozen=True)
class Measurements:
    """All results of a run with these targets and seeds."""

    targets: Sequence[str]
    seeds: int
    results: Mapping[Task, Result]
    served: Served

    def of(self, contender: str, target: str, points: int = POINTS, noise: float = 0.0) -> list[Result]:
        """The results of all seeds, or the only one."""
        tasks = [Task(contender, target, points, seed, noise) for seed in range(self.seeds)]
        return [self.results[task] for task in tasks if task in self.results]

    def errors(self, contender: str, target: str, order: int, points: int = POINTS, noise: float = 0.0) -> list[float]:
        """The errors of an order, of all seeds."""
        return [result.errors[order] for result in self.of(contender, target, points, noise)]


def main() -> None:
    """Measure everything, print it and write it into the page."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.benchmarks.precision")
    parser.add_argument("--page", type=Path, default=PAGE, help="file with the marks")
    parser.add_argument("--seeds", type=int, default=10, help="fits of each kind")
    parser.add_argument("--quick", action="store_true", help=f"of the targets only {' and '.join(COMPARED)}")
    given = parser.parse_args()
    measured = run(COMPARED if given.quick else TARGETS, given.seeds)
    text = report(measured)
    print(details(measured), text, sep="\n\n")
    write_section("precision", text, given.page)


def run(targets: Sequence[str], seeds: int) -> Measurements:
    """Measure in two processes, whose progress goes to stderr."""
    os.environ.clear()
    os.environ.update(ENVIRONMENT)  # before the processes start and load their libraries
    context = multiprocessing.get_context("spawn")
    cores = _cores()
    free = context.SimpleQueue()
    for core in cores:
        free.put(core)
    with ProcessPoolExecutor(len(cores), context, _take_core, (free,)) as pool:
        answers = pool.submit(served, COMPARED)
        futures = {pool.submit(measure, task): task for task in tasks(targets, seeds)}
        done = tqdm(as_completed(futures), "fits", len(futures), mininterval=5)
        results = {futures[future]: future.result() for future in done}
        return Measurements(targets, seeds, results, answers.result())


def _cores() -> list[int]:
    available = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    return sorted(available)[:2]


def _take_core(free: Any) -> None:
    """Bind this process to a core of its own."""
    core = free.get()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})


def tasks(targets: Sequence[str], seeds: int) -> list[Task]:
    """All that is measured: what takes longest comes first, so that both processes end together."""
    drawn = range(seeds)
    compared = [Task(name, target, seed=seed) for name in [*RANDOM][::-1] for target in COMPARED for seed in drawn]
    fixed = [Task(name, target) for name in DETERMINISTIC for target in COMPARED]
    noisy = [Task(name, "gaussian", seed=seed, noise=NOISE) for name in _NOISY for seed in drawn]
    precise = [
        Task(name, target, points, seed)
        for name in NETWORKS
        for points in SAMPLES
        for target in targets
        for seed in drawn
    ]
    return compared + fixed + noisy + precise


def report(m: Measurements) -> str:
    """The tables, in Markdown."""
    fits = len(m.targets) * len(NETWORKS) * len(SAMPLES) * m.seeds
    lines = [
        f"Machine: {processor()}, two fits at a time, each on one core with one thread. Relative L2 errors",
        f"on 20,001 points between the samples, against exact derivatives: median / worst of seeds 0 to {m.seeds - 1}.",
        f"`preset=precise` has fitted {', '.join(m.targets)}: {fits} fits. Each",
        "number is that of the worst target, in brackets is the goal; seconds: median and longest of all fits.",
        "",
        *_precise(m),
        "",
        f"From the same {POINTS} samples, medians of the seeds. Networks are 30,30 and tanh unless named otherwise;",
        "where no library is named they are this project's. Only match_derivatives=2 is also told f' and f''.",
        "Two numbers in a cell are one for each target:",
        "",
        *_compared(m),
        "",
        f"The service's answers, and the same of the network in memory (seed 0, {POINTS} samples):",
        "",
        *_served(m),
        "",
        f"The gaussian with noise N(0, {NOISE:g}), {POINTS} samples, of which `evidence` holds out 10 %. Within its",
        "bands of ±2 standard deviations are f, f' and f'' on this part of the domain, on average over the seeds:",
        "",
        *_noisy(m),
    ]
    return "\n".join(lines)


def _precise(m: Measurements) -> list[str]:
    header = ["network, samples", *_LABELS, "seconds"]
    return table(header, [_precise_row(m, name, points) for name in NETWORKS for points in SAMPLES])


def _precise_row(m: Measurements, name: str, points: int) -> list[str]:
    cells = [f"{name.removeprefix('varpro ')}, {points:,}"]
    for order in range(HIGHEST_ORDER + 1):
        errors = [m.errors(name, target, order, points) for target in m.targets]
        found = max(map(median, errors)), max(map(max, errors))
        cells.append(beside_goal(found, GOALS[name].get(order, ())))
    seconds = [result.seconds for target in m.targets for result in m.of(name, target, points)]
    return [*cells, spread(seconds)]


def details(m: Measurements) -> str:
    """What the worst target of each number was: the tables by target, too long for the page."""
    tables = [
        "\n".join(
            [f"{name}, {points:,} samples:", "", *table(["target", *_LABELS, "seconds"], _by_target(m, name, points))]
        )
        for name in NETWORKS
        for points in SAMPLES
    ]
    return "\n\n".join(tables)


def _by_target(m: Measurements, name: str, points: int) -> Iterable[list[str]]:
    for target in m.targets:
        errors = [spread(m.errors(name, target, order, points)) for order in range(HIGHEST_ORDER + 1)]
        yield [target, *errors, spread([result.seconds for result in m.of(name, target, points)])]


def _compared(m: Measurements) -> list[str]:
    header = ["", *(f"{target}: {label}" for target in COMPARED for label in _LABELS[:3]), "parameters", "seconds"]
    return table(header, [_compared_row(m, name) for name in _ROWS])


def _compared_row(m: Measurements, name: str) -> list[str]:
    errors = [number(median(m.errors(name, target, order))) for target in COMPARED for order in range(3)]
    parameters = [f"{m.of(name, target)[0].parameters:,}" for target in COMPARED]
    seconds = [f"{median(result.seconds for result in m.of(name, target)):.2g}" for target in COMPARED]
    return [name, *errors, *(", ".join(dict.fromkeys(pair)) for pair in (parameters, seconds))]


def _served(m: Measurements) -> list[str]:
    header = ["network", *(f"{target}: {label}" for target in COMPARED for label in _LABELS[:3])]
    rows: dict[str, list[str]] = {}
    for (hidden, _), (memory, answered) in m.served.items():
        cells = [f"{number(own)} ({number(other)})" for own, other in zip(answered, memory, strict=True)]
        rows.setdefault(hidden, [hidden]).extend(cells)
    return table(header, rows.values())


def _noisy(m: Measurements) -> list[str]:
    header = ["", *_LABELS[:3], "estimated noise", "within the bands", "seconds"]
    return table(header, [_noisy_row(m, name) for name in _NOISY])


def _noisy_row(m: Measurements, name: str) -> list[str]:
    results, goals = m.of(name, "gaussian", noise=NOISE), GOALS.get(name, {})
    errors = [[result.errors[order] for result in results] for order in range(3)]
    cells = [beside_goal((median(e), max(e)), goals.get(order, ())) for order, e in enumerate(errors)]
    known = ["", ""]
    if results[0].coverage:
        inside = [mean(result.coverage[order] for result in results) for order in range(3)]
        noises = [result.noise for result in results]
        known = [f"{min(noises):.4f} to {max(noises):.4f}", ", ".join(f"{part:.0%}" for part in inside)]
    return [name, *cells, *known, f"{median(result.seconds for result in results):.2g}"]


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table in Markdown."""
    return [f"| {' | '.join(row)} |" for row in [header, ["---"] * len(header), *rows]]


def beside_goal(found: Sequence[float], goal: Sequence[float]) -> str:
    """Median and worst; the goal, if any, in brackets, and whether it is missed."""
    text = " / ".join(map(number, found))
    if not goal:
        return text
    missed = any(not value <= limit for value, limit in zip(found, goal, strict=False))
    limits = " / ".join(f"{limit:g}".replace("e-0", "e-") for limit in goal)
    return f"{text} ({'missed' if missed else 'goal'} {limits})"


def spread(values: Sequence[float]) -> str:
    """Median / worst."""
    return f"{number(median(values))} / {number(max(values))}"


def number(value: float) -> str:
    """Two digits, as 1.2e-9 or 0.12."""
    return f"{value:.2g}" if value >= 1e-2 else f"{value:.1e}".replace("e-0", "e-")


if __name__ == "__main__":
    main()
