from training.reproduction.needs import FULL
from training.reproduction.questions import QUESTIONS
from training.reproduction.questions.second_derivative import STUDIED


def test_answers_about_failures_have_a_hundred_seeds_as_the_study_trained_and_standardised() -> None:
    for number in (1, 2, 4, 5, 6):
        rates = [need.setting for need in QUESTIONS[number].needs(FULL) if need.runs >= 100 and not need.repeats]
        assert {s.standardise for s in rates} == {True, False}, number


def test_claims_of_chance_have_twenty_seeds() -> None:
    for number, question in QUESTIONS.items():
        needs = question.needs(FULL)
        assert needs
        # That the study's own second derivative is unusable is not a matter of chance.
        by_chance = [need for need in needs if need.setting != STUDIED]
        assert all(need.runs >= 20 or need.repeats >= 3 for need in by_chance), number
