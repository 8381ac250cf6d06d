from training.reproduction.questions.second_derivative import unusable


def test_the_second_derivative_is_unusable_by_far_or_not_at_all() -> None:
    assert [unusable(errors) for errors in ([1.1, 1.2], [0.001, 0.002], [0.02, 1.0])] == [True, False, None]
