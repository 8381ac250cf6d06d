"""Fits of noisy data of many kinds, beside the project's own spline and Chebyshev series: a Markdown table.

`python -m tests.benchmarks.data [FAMILY …]`. Each family is fitted with the seeds 0 to 2 of its noise; a tenth of the
samples is held out. Errors are relative L2 errors there, and beside the truth; within the bands of ±2 standard
deviations are f, f' and f'' on that part of the domain, on average over the seeds.
"""

import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from time import process_time

import numpy as np

from training.arrays import Array
from training.data.samples import Samples, split
from training.evaluation.accuracy import relative_l2
from training.evaluation.baselines import fit_baselines
from training.models.networks import Network, evaluate, posterior_std
from training.regression.config import FitConfig
from training.regression.trainer import single_thread, train
from training.targets.domain import Domain
from training.targets.named import parse

SEEDS = range(10)


@dataclass(frozen=True)
class Family:
    """A function, where it is sampled, and the noise: its size, or how it varies, and what is asked of the fit."""

    target: str
    x: Array
    noise: float | str
    options: tuple[str, ...] = ()

    def samples(self, seed: int) -> Samples:
        """All of them, with that seed's noise."""
        generator = np.random.default_rng(seed)
        normal, truth = generator.normal(size=len(self.x)), parse(self.target).derivative(self.x)
        if self.noise == "varying":
            return Samples(self.x, truth + (0.02 + 0.05 * np.abs(self.x)) * normal)
        if self.noise == "outliers":
            return Samples(
                self.x, truth + 0.02 * normal + np.where(generator.random(len(self.x)) < 0.03, 5 * normal, 0)
            )
        if self.noise == "correlated":
            noise = np.zeros(len(self.x))
            for i in range(1, len(noise)):
                noise[i] = 0.9 * noise[i - 1] + 0.1 * np.sqrt(1 - 0.81) * normal[i]
            return Samples(self.x, truth + noise)
        return Samples(self.x, truth + float(self.noise) * normal)


_PEAKS = "+".join(f"exp(-((x-{12 + 5.3 * i + (i % 3) * 0.7:.2f})/{0.1 + 0.02 * (i % 5):.2f})**2)" for i in range(12))
_EVEN = np.linspace(-5, 5, 500)
FAMILIES: Mapping[str, Family] = {
    "gaussian": Family("exp(-x**2/2)", _EVEN, 0.01),
    "gaussian, much noise": Family("exp(-x**2/2)", _EVEN, 0.2),
    "gaussian, little noise": Family("exp(-x**2/2)", _EVEN, 1e-5),
    "gaussian, no noise": Family("exp(-x**2/2)", _EVEN, 0.0),
    "sin(20x)": Family("sin(20*x)", np.linspace(-5, 5, 1000), 0.1),
    "trend and seasons": Family("x**2/20+x/2+sin(6*pi*x)/5", np.linspace(0, 10, 700), 0.05),
    "chirp": Family("sin(x**2)", np.linspace(0, 10, 600), 0.05),
    "12 narrow peaks": Family(_PEAKS, np.linspace(10, 80, 3500), 0.02),
    "step": Family("tanh(50*(x-0.3))", np.linspace(-1, 1, 400), 0.03),
    "Runge": Family("1/(1+25*x**2)", np.linspace(-1, 1, 200), 0.01),
    "kink": Family("sqrt(1e-4+x**2)", np.linspace(-1, 1, 500), 0.01),
    "decay": Family("exp(-3*x)", np.linspace(0, 2, 80), 0.03),
    "three decays": Family("0.0951*exp(-x)+0.8607*exp(-3*x)+1.5576*exp(-5*x)", np.linspace(0, 1.15, 24), 1e-4),
    "line": Family("2*x+1", np.linspace(0, 1, 100), 0.1),
    "20 samples": Family("exp(-x)*sin(3*x)", np.linspace(0, 3, 20), 0.05),
    "8 samples": Family("exp(-x)", np.linspace(0, 3, 8), 0.01),
    "gap": Family("sin(x)+x/5", np.concatenate([np.linspace(0, 3, 150), np.linspace(7, 10, 150)]), 0.05),
    "repeated x": Family("sin(2*x)", np.repeat(np.linspace(0, 5, 60), 5), 0.2),
    "random x": Family("sin(3*x)*exp(-x/5)", np.sort(np.random.default_rng(9).uniform(0, 10, 300)), 0.05),
    "steps of x that grow": Family("sin(10/(1+x))+log(1+x)", np.geomspace(1, 101, 200) - 1, 0.01),
    "nine decades of x": Family("1/(1+x)", np.geomspace(1e-3, 1e6, 200), 0.002),
    "20,000 samples": Family("sin(5*x)*exp(-x/5)", np.linspace(0, 10, 20_000), 0.1),
    "varying noise": Family("sin(2*x)", np.linspace(0, 10, 500), "varying"),
    "outliers, robust": Family("sin(2*x)", np.linspace(0, 10, 300), "outliers", ("--noise=robust",)),
    "correlated noise": Family("sin(x)", np.linspace(0, 10, 400), "correlated"),
    "a period": Family(
        "sin(2*x)+cos(6*x)/3",
        np.sort(np.random.default_rng(8).uniform(0, 30, 300)),
        0.1,
        ("--period=3.141592653589793",),
    ),
}


@dataclass(frozen=True)
class Row:
    """What one fit has reached: by order, and beside the better one of the contenders."""

    held_out: float
    contender: float
    errors: list[float]
    covered: list[float]
    seconds: float


def measure(family: Family, seed: int) -> Row:
    """Fit a family with a seed's noise."""
    whole = family.samples(seed)
    seen, out = split(len(whole.x), 0.1, seed)
    samples = replace(whole.take(seen), held_out=whole.take(out))
    domain = samples.domain
    config = FitConfig.parse(["--data=a.csv", f"--domain={domain}", *family.options])
    start = process_time()
    with tempfile.TemporaryDirectory() as folder:
        (member,) = train(config, samples, Path(folder), bar=False)
    seconds, network = process_time() - start, member.network
    assert network is not None, "evidence does not diverge"
    x, y = whole.x[out], whole.y[out]
    with single_thread():
        others = [relative_l2(one.derivative(x, 0), y) for one in fit_baselines(samples.x, samples.y, domain)]
        errors, covered = _beside_the_truth(network, family, domain)
        return Row(relative_l2(evaluate(network, x, 0)[0], y), min(others), errors, covered, seconds)


def _beside_the_truth(network: Network, family: Family, domain: Domain) -> tuple[list[float], list[float]]:
    """Relative errors and the part within the bands, at 1,000 points that lie as the samples do."""
    at = np.interp(np.linspace(0, 1, 1_000), np.linspace(0, 1, len(family.x)), family.x)
    at = np.clip(at, *domain)
    truth = np.array([parse(family.target).derivative(at, order) for order in range(3)])
    fit, bands = evaluate(network, at, 2), posterior_std(network, at)
    errors = [relative_l2(fit[order], truth[order]) for order in range(3)]
    return errors, [float(part) for part in np.mean(np.abs(fit - truth) <= 2 * bands, axis=1)]


def table(names: list[str]) -> str:
    """A line for each family: medians over the seeds, means of what the bands cover."""
    lines = [
        "| data | held out | of the best contender's | f | f' | f'' | within the bands | CPU s |",
        "|---" * 8 + "|",
    ]
    for name in names:
        rows = [measure(FAMILIES[name], seed) for seed in SEEDS]
        errors = " | ".join(f"{median(row.errors[k] for row in rows):.2g}" for k in range(3))
        covered = ", ".join(f"{100 * np.mean([row.covered[k] for row in rows]):.0f}%" for k in range(3))
        ratios = [row.held_out / row.contender if row.contender else 1.0 for row in rows]
        cost = median(row.seconds for row in rows)
        held_out = median(row.held_out for row in rows)
        lines.append(f"| {name} | {held_out:.2g} | {median(ratios):.2f} | {errors} | {covered} | {cost:.1f} |")
        print(lines[-1], file=sys.stderr, flush=True)
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(sys.argv[1:] or list(FAMILIES)))
