import pytest

from training.models.chunks import chunks


@pytest.mark.parametrize(("units", "size"), [(1, 512), (128, 512), (256, 256), (10_000, 64)])
@pytest.mark.parametrize("points", [0, 1, 64, 513, 10_001])
def test_every_point_is_in_one_of_them(points: int, units: int, size: int) -> None:
    found = [list(range(points)[chunk]) for chunk in chunks(points, units)]
    assert [point for chunk in found for point in chunk] == list(range(points))
    assert all(len(chunk) == size for chunk in found[:-1])
    assert all(0 < len(chunk) <= size for chunk in found)
