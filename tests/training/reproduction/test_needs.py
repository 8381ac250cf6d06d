from training.reproduction.needs import Need, merged, setting

TOGETHER = Need(setting(4, 3, 10, points=41), runs=3)
ALONE = Need(setting(4, 2, 10, points=41), runs=2, repeats=2)


def test_needs_of_the_same_setting_share_their_trainings() -> None:
    fewer, more = Need(TOGETHER.setting, 2), Need(TOGETHER.setting, 5, errors=True)
    timed = Need(TOGETHER.setting, 1, 3)
    assert merged([fewer, timed, more, ALONE]) == [more, timed, ALONE]
