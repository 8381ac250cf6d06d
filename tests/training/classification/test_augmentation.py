import numpy as np

from training.classification.augmentation import augmented


def test_pictures_are_shifted_by_up_to_a_fourteenth_and_edges_repeated() -> None:
    pixels = np.zeros((400, 28, 28), np.uint8)
    pixels[:, 13, 10] = 255
    pixels[:, :, 27] = 9
    moved = augmented(pixels, False, np.random.default_rng(0))
    _, rows, columns = np.nonzero(moved == 255)
    assert len(rows) == 400
    assert (set(rows.tolist()), set(columns.tolist())) == ({11, 12, 13, 14, 15}, {8, 9, 10, 11, 12})
    assert set(np.unique(moved[:, 0, -1])) == {0, 9}


def test_half_are_mirrored_where_left_and_right_mean_nothing() -> None:
    pixels = np.zeros((400, 28, 28, 3), np.uint8)
    pixels[:, 13, 4] = (1, 2, 3)
    _, _, columns, _ = np.nonzero(augmented(pixels, True, np.random.default_rng(0)) == 3)
    assert 150 < np.sum(columns > 14) < 250
