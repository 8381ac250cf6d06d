"""Question 5: whether failures are more likely with a larger batch."""

from training.config import FitConfig
from training.reporting.answers import Answer, Question, Verdict
from training.reporting.figures import NARROW, varied
from training.reporting.needs import Budget, Need, setting
from training.reporting.results import Results
from training.reporting.statistics import SIGNIFICANT, Spread, different, probability, told

_BATCHES = (20, 50, 100, 200, 300, 500, 1_000)
_AT_15_EPOCHS = {batch: varied(NARROW, "batch_size", batch) for batch in _BATCHES}
# As many steps as 15 epochs with a batch of 100 have.
_SAME_STEPS = {batch: setting(30, 15 * batch // 100, batch) for batch in (100, 200, 500, 1_000)}


def _needs(budget: Budget) -> list[Need]:
    return [Need(s, budget.many) for s in [*_AT_15_EPOCHS.values(), *_SAME_STEPS.values()]]


def _answer(results: Results) -> Answer:
    rates = {batch: results.rate(s) for batch, s in _AT_15_EPOCHS.items()}
    same = {batch: results.rate(s) for batch, s in _SAME_STEPS.items()}
    p = different(rates[20], rates[1_000])
    p_same = different(same[100], same[1_000])
    grows = p < SIGNIFICANT and rates[1_000].value > rates[20].value
    cause = (
        "so it is the batch itself"
        if p_same < SIGNIFICANT
        else "so it is the number of steps that counts, not the batch"
    )
    sentence = (
        f"With the same 15 epochs {'yes' if grows else 'no'}: {told(rates[20])} trainings fail with batch 20, "
        f"{told(rates[200])} with 200 and {told(rates[1_000])} with 1,000 ({probability(p)}); with as many steps as "
        f"batch 100 has, {told(same[1_000])} fail with 1,000 and {told(same[100])} with 100 ({probability(p_same)}), "
        f"{cause}."
    )
    rows = [_row("15 epochs", batch, s, results) for batch, s in _AT_15_EPOCHS.items()]
    rows += [_row("the same number of steps", batch, s, results) for batch, s in _SAME_STEPS.items()]
    header = ["with", "batch", "epochs", "failed (95 % interval)", "difference / variance: median (10 % to 90 %)"]
    metrics = {f"failure_rate_batch_{batch}": rate.value for batch, rate in rates.items()}
    metrics |= {f"failure_rate_same_steps_batch_{batch}": rate.value for batch, rate in same.items()}
    verdict: Verdict = "contradicted" if not grows else "holds" if p_same < SIGNIFICANT else "holds in part"
    return Answer(verdict, sentence, header, rows, (27, 28, 40), metrics)


def _row(name: str, batch: int, s: FitConfig, results: Results) -> list[str]:
    return [name, f"{batch:,}", str(s.epochs), told(results.rate(s)), str(Spread.of(results.relative(s)))]


QUESTION = Question(
    "Random failures look more likely as the batch grows.",
    _needs,
    _answer,
)
