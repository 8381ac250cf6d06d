"""`make bench-report`: the report at full size, its answers and its time; and what logging costs a study."""

from collections.abc import Mapping
from time import perf_counter

from tests.benchmarks.page import write_section
from tests.benchmarks.training import processor
from training.pipelines.reproduce import reproduce
from training.pipelines.sweep import sweep
from training.reproduction.answers import Answer
from training.reproduction.config import ReportConfig
from training.reproduction.questions import QUESTIONS
from training.sweeps.config import SweepConfig

LOGGED = SweepConfig(vary="hidden", values="10:100:10", runs=100)


def main() -> None:
    """Draw the report with the default parameters and write its answers; then make a study of 1,000 trainings."""
    seconds, made = timed(ReportConfig())
    quick, _ = timed(ReportConfig(quick=True))
    write_section("report", section(made, seconds, quick))
    write_section("logging", logging())


def timed(config: ReportConfig) -> tuple[float, Mapping[int, Answer]]:
    """The seconds that a report takes, and its answers."""
    began = perf_counter()
    answers = reproduce(config).answers
    return perf_counter() - began, answers


def section(answers: Mapping[int, Answer], seconds: float, quick: float) -> str:
    """What the page says of a report."""
    lines = [f"Machine: {processor()}. The report took {told(seconds)}, with quick=true {told(quick)}."]
    for number, answer in answers.items():
        asked = QUESTIONS[number].asked
        found = f"**{answer.verdict.capitalize()}.** {answer.sentence} *Standardised:* {answer.standardised}"
        lines.append(f"{number}. *{asked}* {found}")
    return "\n\n".join([lines[0], "\n".join(lines[1:])])


def told(seconds: float) -> str:
    """As `1 min 58 s`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def logging() -> str:
    """What the page says of the time that goes into MLflow and plots."""
    began = perf_counter()
    made = sweep(LOGGED)
    return (
        f"of a study of {len(LOGGED.fits) * LOGGED.runs:,} trainings (`-P vary={LOGGED.vary} -P values={LOGGED.values} "
        f"-P runs={LOGGED.runs}`), which took\n{told(perf_counter() - began)} on {processor()}, "
        f"{made.logging_part:.0%} of the time went into MLflow and plots (goal 20%)."
    )


if __name__ == "__main__":
    main()
