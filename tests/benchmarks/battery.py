"""How precisely functions of all kinds are fitted with default parameters, beside a Chebyshev series and a spline.

Those that are named, and some drawn at random, which nobody has chosen; of each the worst of some seeds. Two processes
with one thread each share the fits.
"""

import argparse
import multiprocessing
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from tests.benchmarks.page import PAGE, write_section
from tests.benchmarks.training import ENVIRONMENT, processor
from training.evaluation.baselines import fit_baselines
from training.evaluation.fit_evaluation import evaluate_fit
from training.regression.config import FitConfig
from training.regression.sampling import sample
from training.regression.trainer import single_thread, train

# Goals for f, f' and f''; beside a pole, and where f'' lives on a millionth of the domain, they are lower. At a kink,
# where one of the points lies, f'' is infinite and f' has no value.
USUAL, POLE, FAR = (1e-11, 1e-9, 1e-8), (1e-11, 1e-9, 1e-6), (1e-10, np.inf, np.inf)
KINK = (1e-9, np.inf, np.inf)
FUNCTIONS = (
    *((f"psi_{n}", "-7,7", USUAL) for n in range(6)),
    *((f"psi_{n}^2", "-7,7", USUAL) for n in range(6)),
    *((f"psi_{n}{squared}", f"-{end},{end}", USUAL) for n, end in ((20, 9), (100, 17)) for squared in ("", "^2")),
    *((f"psi_500{squared}", "-34,34", USUAL) for squared in ("", "^2")),
    ("exp(-x**2/2)", "-5,5", USUAL),
    ("sin(20*x)", "-5,5", USUAL),
    ("sin(50*x)", "-5,5", USUAL),
    ("tanh(100*x)", "-1,1", USUAL),
    ("1/(1+exp(-50*x))", "-5,5", USUAL),
    ("exp(-1000*x**2)", "-5,5", USUAL),
    ("exp(x)*sin(x**2)", "-5,5", USUAL),
    ("1/(1+25*x**2)", "-1,1", USUAL),
    ("x**10", "-1,1", USUAL),
    ("exp(-x)*sin(40*x)", "0,5", USUAL),
    ("sin(x**3)", "-4,4", USUAL),
    ("sqrt(1e-6+x**2)", "-1,1", USUAL),
    ("atan(200*(x-0.7))", "0,1", USUAL),
    ("tan(x)", "-1.57,1.57", POLE),
    ("1/(exp(x)-1)", "0.01,5", POLE),
    ("log(1+x)", "0,1e6", FAR),
    ("abs(x)", "-1,1", KINK),
    ("abs(sin(pi*x))", "-2,2", KINK),
    ("x*abs(x)", "-1,1", KINK),
)
_DRAWN = 60


@dataclass(frozen=True)
class Fitted:
    """The errors of f, f' and f'' of one fit, and of what one would take instead."""

    errors: tuple[float, ...]
    chebyshev: tuple[float, ...]
    spline: tuple[float, ...]
    units: int
    seconds: float
    warned: bool


def fitted(task: tuple[str, str, int]) -> Fitted:
    """The fit of a function on a domain with a seed."""
    target, domain, seed = task
    config = FitConfig(target=target, domain=domain, seed=seed)
    samples = sample(config, config.seed)
    with TemporaryDirectory() as folder:
        (member,) = train(config, samples, Path(folder), bar=False)
    assert member.network is not None
    with single_thread():
        others = fit_baselines(samples.x, samples.y, samples.domain, samples.weights**2)
        judged = evaluate_fit(config.function, config.method, member, samples, others)
    errors, chebyshev, spline = (
        tuple(judged.metrics[f"{who}error_d{k}"] for k in range(3)) for who in ("", "chebyshev_", "spline_")
    )
    return Fitted(errors, chebyshev, spline, member.network.sizes[1], member.seconds, bool(judged.warnings))


def drawn(count: int) -> list[tuple[str, str]]:
    """Functions that nobody has chosen, and domains for them."""
    generator = np.random.default_rng(0)
    found = []
    for _ in range(count):
        a, b, c = (round(float(10 ** generator.uniform(*ends)), 3) for ends in ((-1, 1.6), (-0.5, 1.2), (-1.5, 1)))
        place, low = round(float(generator.uniform(-2, 2)), 3), round(float(generator.uniform(-8, 0)), 2)
        kind = generator.choice(
            [
                f"sin({a}*x)*exp(-{c}*x**2)",
                f"tanh({a}*(x-{place}))+{c}*cos({b}*x)",
                f"1/(1+{a}*(x-{place})**2)",
                f"exp(-{a}*(x-{place})**2)+exp(-{b}*(x+1)**2)",
                f"log({c}+x**2)*cos({b}*x)",
                f"sqrt({c}+(x-{place})**2)",
                f"atan({a}*x)*x**2",
                f"cos({b}*x**2)",
                f"x**3-{a}*x+sin({b}*x)",
                f"exp(sin({b}*x))/({c}+2)",
            ]
        )
        found.append((str(kind), f"{low},{round(low + float(generator.uniform(1, 10)), 2)}"))
    return found


def main() -> None:
    """Measure everything, print it and write it into the page."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.benchmarks.battery")
    parser.add_argument("--page", type=Path, default=PAGE, help="file with the marks")
    parser.add_argument("--seeds", type=int, default=5, help="fits of each function")
    given = parser.parse_args()
    text = report(given.seeds)
    print(text)
    write_section("battery", text, given.page)


def report(seeds: int) -> str:
    """The table, in Markdown."""
    others = drawn(_DRAWN)
    named = [(target, domain, seed) for target, domain, _ in FUNCTIONS for seed in range(seeds)]
    random = [(target, domain, 0) for target, domain in others]
    os.environ.update(ENVIRONMENT)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, context) as pool:
        results = list(pool.map(fitted, [*named, *random]))
    by_function = [results[i * seeds : (i + 1) * seeds] for i in range(len(FUNCTIONS))]
    found = results[len(named) :]
    usual = median(one.seconds for one in results[: len(named)])
    longest = max(one.seconds for one in found)
    lines = [
        f"Machine: {processor()}, one thread for each fit. Default parameters; relative L2 errors on 20,001",
        f"points between the samples, the worst of seeds 0 to {seeds - 1}; a Chebyshev series and a spline of the same",
        "10,001 samples.",
        "",
        "| function | domain | units | f | f' | f'' | goal | Chebyshev series: f, f'' | spline: f, f'' | seconds |",
        "|---|---|---|---|---|---|---|---|---|---|",
        *(_row(*function, of) for function, of in zip(FUNCTIONS, by_function, strict=True)),
        "",
        f"Median time of these fits: {usual:.2f} s. Of {_DRAWN} functions drawn at random the worst errors are",
        f"{_errors(_worst(found))}; the longest fit took {longest:.2f} s, and of those with f'' off by",
        f"more than 1e-8 {_silent(found)} said nothing of it.",
    ]
    return "\n".join(lines)


def _row(target: str, domain: str, goals: Sequence[float], of: Sequence[Fitted]) -> str:
    worst, one = _worst(of), of[0]
    goal = ", ".join(f"{g:.0e}" if np.isfinite(g) else "-" for g in goals)
    cells = [f"`{target}`", domain, str(one.units), *(f"{e:.1e}" for e in worst), goal]
    others = [f"{other[0]:.0e}, {other[2]:.0e}" for other in (one.chebyshev, one.spline)]
    return "| " + " | ".join([*cells, *others, f"{max(each.seconds for each in of):.2f}"]) + " |"


def _worst(of: Iterable[Fitted]) -> list[float]:
    return [max(errors) for errors in zip(*(one.errors for one in of), strict=True)]


def _errors(errors: Sequence[float]) -> str:
    return ", ".join(f"{name} {error:.1e}" for name, error in zip(("f", "f'", "f''"), errors, strict=True))


def _silent(of: Iterable[Fitted]) -> str:
    count = sum(one.errors[2] > 1e-8 and not one.warned for one in of)
    return str(count) if count else "none"


if __name__ == "__main__":
    main()
