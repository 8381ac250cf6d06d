from training.evaluation.failure_rate import Rate
from training.reproduction.questions.epochs import _changed, _since


def test_from_when_on_none_has_failed() -> None:
    safe = {epochs: Rate(int(epochs < 12), 100) for epochs in range(1, 61)}
    assert _since(safe) == "from 12 epochs on none is"
    assert _since(safe | {60: Rate(1, 100)}) == "even after 60 epochs some are"


def test_a_gain_divides_and_a_loss_multiplies() -> None:
    assert (_changed(1.5), _changed(0.5)) == ("divide", "multiply")
