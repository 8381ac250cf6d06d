from training.reproduction.needs import FULL
from training.reproduction.questions.best_settings import QUESTION, Candidate


def test_settings_are_asked_of_few_points_and_other_widths_of_the_bell() -> None:
    settings = [need.setting for need in QUESTION.needs(FULL)]
    assert {(s.points, s.std) for s in settings if not s.standardise} == {
        *((10_001, 1.0), (500, 1.0), (10_001, 0.3), (10_001, 3.0))
    }
    assert {s.hidden for s in settings} == {(10, 10), (30, 30), (100, 100)}
    # As many samples are seen with 500 points as with 10,001.
    seen = {s.epochs * s.points for s in settings if s.hidden == (30, 30) and s.batch_size == 20}
    assert max(seen) < 1.05 * min(seen)


def test_the_error_of_a_candidate_is_the_median_of_its_runs() -> None:
    assert Candidate(30, 100, 15, [3.0, 1.0, 2.0]).error.median == 2
