from pathlib import Path

import numpy as np

from training.parallel.executor import Workers
from training.reproduction.needs import Need, setting
from training.reproduction.trainings import do, outcomes, tasks

TOGETHER = Need(setting(4, 3, 10, points=41), runs=3)
ALONE = Need(setting(4, 2, 10, points=41), runs=2, repeats=2)


def test_what_is_finished_is_not_trained_again(tmp_path: Path) -> None:
    runs = [*tasks(TOGETHER), *tasks(ALONE)]
    do(runs, tmp_path, Workers(number=1))
    first = outcomes(runs, tmp_path)
    assert [outcome.seed for outcome in first[TOGETHER]] == [0, 1, 2]
    assert [outcome.seed for outcome in first[ALONE]] == [0, 0, 1]
    assert first[ALONE][0].mse == first[ALONE][1].mse
    assert first[TOGETHER][0].curve is not None
    assert first[TOGETHER][0].history[-1] == first[TOGETHER][0].mse
    files = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.npz")}
    assert len(files) == 4
    lost, *kept = sorted(files)
    lost.unlink()
    do(runs, tmp_path, Workers(number=1))
    second = outcomes(runs, tmp_path)
    assert lost.exists()
    assert [path.stat().st_mtime_ns for path in kept] == [files[path] for path in kept]
    for need in (TOGETHER, ALONE):
        for one, other in zip(first[need], second[need], strict=True):
            assert (one.seed, one.mse, one.failed) == (other.seed, other.mse, other.failed)
            np.testing.assert_array_equal(one.history, other.history)
            np.testing.assert_array_equal(np.asarray(one.curve), np.asarray(other.curve))
