"""`make bench`: training beside its peers, as ratios measured in one run.

Every contender is a process with one thread, and they take turns, so that whatever else the machine does hits all
alike.
"""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from statistics import median

from tests.benchmarks.page import write_section
from tests.benchmarks.peers import CONTENDERS, POINTS

ROUNDS = 5
SINGLE = [(200, 20), (200, 200), (30, 100), (20, 20)]
MANY = {(200, 20): 16, (200, 200): 16, (30, 100): 100, (20, 20): 100}
PEERS = [name for name in CONTENDERS if name not in ("derivable", "peak")]
# One thread each; and each library chooses its kernels for this processor itself.
ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.startswith("OPENBLAS_")} | {
    **{f"{library}_NUM_THREADS": "1" for library in ("OMP", "MKL", "OPENBLAS")},
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "JAX_PLATFORMS": "cpu",
}


class Worker:
    """A contender in a process of its own, on one core."""

    def __init__(self, name: str, core: int = 0):
        command = [sys.executable, "-m", "tests.benchmarks.peers", name]
        self._process = subprocess.Popen(
            command,
            env=ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(self._process.pid, {core})

    def start(self, hidden: int, batch: int, runs: int) -> None:
        """Ask for a measurement."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"hidden": hidden, "batch": batch, "runs": runs}) + "\n")
        self._process.stdin.flush()

    def seconds(self) -> float:
        """Of the measurement that was asked for."""
        assert self._process.stdout
        for line in self._process.stdout:
            if line.startswith("seconds "):
                return float(line.split()[1])
        raise RuntimeError("the worker has ended")

    def measure(self, hidden: int, batch: int, runs: int) -> float:
        """Seconds per run and epoch."""
        self.start(hidden, batch, runs)
        return self.seconds()


def measure(workers: dict[str, Worker], hidden: int, batch: int, runs: int) -> dict[str, float]:
    """Medians over the rounds, in which the workers take turns."""
    rounds = [{name: worker.measure(hidden, batch, runs) for name, worker in workers.items()} for _ in range(ROUNDS)]
    return {name: median(turn[name] for turn in rounds) for name in workers}


def operations(hidden: int) -> float:
    """10⁹ floating-point operations of an epoch: two per weight forward and four backward."""
    return 6 * (hidden * hidden + 4 * hidden + 1) * POINTS / 1e9


def two_workers(first: Worker, second: Worker, hidden: int, batch: int, runs: int) -> float:
    """How much more two processes on two cores do than one."""
    second.measure(hidden, batch, runs)
    ratios = []
    for _ in range(ROUNDS):
        alone = first.measure(hidden, batch, runs)
        first.start(hidden, batch, runs)
        second.start(hidden, batch, runs)
        ratios.append(alone / first.seconds() + alone / second.seconds())
    return median(ratios)


def main() -> None:
    """Measure everything, print it and write it into the page."""
    workers = {name: Worker(name) for name in CONTENDERS}
    single = {setting: measure(workers, *setting, 1) for setting in SINGLE}
    together = {name: workers[name] for name in ("derivable", "jax", "peak")}
    many = {setting: measure(together, *setting, runs) for setting, runs in MANY.items()}
    scaling = (
        two_workers(workers["derivable"], Worker("derivable", 1), 30, 100, 100) if (os.cpu_count() or 1) > 1 else None
    )
    text = report(single, many, scaling)
    print(text)
    write_section("training", text)


def report(
    single: dict[tuple[int, int], dict[str, float]],
    many: dict[tuple[int, int], dict[str, float]],
    scaling: float | None,
) -> str:
    """The tables, in Markdown."""
    peaks = [1 / row["peak"] for row in [*single.values(), *many.values()]]
    lines = [
        f"Machine: {processor()}, one core for each contender. Float32, ReLU, Adam, {POINTS:,} points: milliseconds",
        f"per epoch of one run, medians of {ROUNDS} turns, and in brackets how many times that of this project. Each",
        "library chooses its kernels for the processor itself (variables OPENBLAS_* are left out). The core's peak in",
        f"matrix products is {median(peaks):.0f} GFLOP/s; the last column is the part of it that was reached.",
        "",
        "| one run: hidden, batch | Derivable | " + " | ".join(PEERS) + " | of the peak |",
        "|---|---|" + "---|" * (len(PEERS) + 1),
    ]
    for (hidden, batch), row in single.items():
        cells = [f"{1e3 * row[name]:.3g} ({row[name] / row['derivable']:.2g}x)" for name in PEERS]
        own = f"**{1e3 * row['derivable']:.3g}**"
        lines.append(f"| {hidden},{hidden}, {batch} | {own} | " + " | ".join(cells) + part(hidden, row))
    lines += [
        "",
        "| many runs together, per run | runs | Derivable | jax vmap | keras, one run | of the peak |",
        "|---|---|---|---|---|---|",
    ]
    for setting, row in many.items():
        hidden, batch = setting
        peers = [row["jax"], single[setting]["keras"]]
        cells = [f"{1e3 * seconds:.3g} ({seconds / row['derivable']:.3g}x)" for seconds in peers]
        own = f"**{1e3 * row['derivable']:.3g}**"
        lines.append(
            f"| {hidden},{hidden}, {batch} | {MANY[setting]} | {own} | " + " | ".join(cells) + part(hidden, row)
        )
    if scaling:
        lines += ["", f"Two processes on two cores do {scaling:.2f} times the work of one (30,30, 100 runs)."]
    return "\n".join(lines)


def part(hidden: int, row: dict[str, float]) -> str:
    """The last cell of a row: operations per second over the peak."""
    return f" | {operations(hidden) / row['derivable'] * row['peak']:.0%} |"


def processor() -> str:
    """The name of the processor, as Linux tells it, and whether it has the vectors that matter most here."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    if not names:
        return platform.processor() or platform.machine()  # Linux names no Arm processor
    vectors = " with AVX-512" if any(line.startswith("flags") and "avx512f" in line for line in lines) else ""
    return f"{names[0]}{vectors} ({len(names)} cores)"


if __name__ == "__main__":
    main()
