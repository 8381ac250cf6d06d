from training.reproduction.questions.times import has_jump, has_pattern


def test_times_take_enough_widths_runs_and_silence() -> None:
    assert has_jump(0.3, 152, 0.05, 14) is True
    assert has_jump(0.1, 152, 0.05, 14) is False
    assert has_jump(0.3, 120, 0.05, 14) is False
    assert has_jump(0.3, 152, 0.2, 14) is None
    assert has_jump(0.0, 156, 0.0, 3) is None
    assert has_pattern(0.1, 1e-5, 33) is True
    assert has_pattern(-0.1, 1e-5, 33) is False
    assert has_pattern(0.01, 0.5, 33) is False
    assert has_pattern(0.01, 0.5, 3) is None
