from training.reproduction.needs import FULL
from training.reproduction.questions.batch_size import QUESTION, _cause


def test_what_grows_with_the_batch_is_asked_with_as_many_epochs_and_with_as_many_steps() -> None:
    settings = [need.setting for need in QUESTION.needs(FULL)]
    large = [s for s in settings if s.batch_size == 1_000 and not s.standardise]
    assert {s.epochs for s in large} == {15, 150}


def test_the_cause_is_told_or_left_open() -> None:
    assert _cause(True, 100) == "it is the batch itself"
    assert "number of steps" in _cause(False, 100)
    assert _cause(None, 100).startswith("whether it is the batch or the number of steps is ")
