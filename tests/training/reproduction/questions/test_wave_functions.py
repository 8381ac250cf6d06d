from training.reproduction.needs import FULL
from training.reproduction.questions.wave_functions import QUESTION, Compared, _judged, _verdict

ROWS = [[""]] * 8


def test_every_pair_is_asked_with_few_and_with_many_points() -> None:
    settings = [need.setting for need in QUESTION.needs(FULL)]
    assert len(settings) == 2 * (16 + 8)
    assert {(s.points, s.standardise) for s in settings} == {(500, False), (10_001, False), (500, True)}


def test_what_is_said_follows_from_how_many_pairs_differ() -> None:
    found = [Compared(ROWS, *each) for each in ((6, 0), (3, 1), (1, 3), (2, 2))]
    assert [_verdict(one) for one in found] == ["holds", "holds in part", "contradicted", "not decided"]
    assert _judged(found[0], found[2]).endswith("with 10,001 it is gone")
    assert _judged(found[3], found[0]).startswith("there is no advantage of psi_n")
