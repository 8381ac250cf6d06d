import logging
from pathlib import Path

import numpy as np
import pytest

from training.transfer.feature_cache import FeatureCache, keys, together

FOUND = {bytes([number]): np.full(4, number, np.float32) for number in range(10)}


@pytest.fixture
def cache(tmp_path: Path) -> FeatureCache:
    return FeatureCache(tmp_path / "below" / "features.sqlite", 4, most=8)


def test_what_is_put_is_there_and_the_rest_is_not(cache: FeatureCache) -> None:
    assert cache.get([b"\1"]) == {}
    cache.put({key: FOUND[key] for key in (b"\1", b"\2")})
    found = cache.get([b"\2", b"\3", b"\1"])
    assert {key: value.tolist() for key, value in found.items()} == {b"\1": [1] * 4, b"\2": [2] * 4}


def test_those_that_were_not_used_for_longest_are_forgotten(
    cache: FeatureCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    for now, key in enumerate(FOUND):
        monkeypatch.setattr("time.time", lambda now=now: now)
        cache.put({key: FOUND[key]})
        if now == 7:
            cache.get([b"\0"])
    assert sorted(cache.get(list(FOUND))) == [b"\0", *(bytes([number]) for number in range(3, 10))]


def test_what_was_changed_on_the_disk_is_not_taken(cache: FeatureCache, tmp_path: Path) -> None:
    cache.put({b"\7": np.array([1, 2, 3, 4.5], np.float32)})
    path = tmp_path / "below" / "features.sqlite"
    content = path.read_bytes()
    at = content.index(np.array([1, 2, 3, 4.5], np.float32).tobytes())
    path.write_bytes(content[:at] + b"\xff" + content[at + 1 :])
    assert cache.get([b"\7"]) == {}


def test_a_file_that_is_damaged_begins_anew(
    cache: FeatureCache, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "below" / "features.sqlite"
    path.parent.mkdir()
    path.write_bytes(b"no database" * 1_000)
    with caplog.at_level(logging.WARNING):
        assert cache.get([b"\1"]) == {}
    assert "is damaged and begins anew" in caplog.text
    cache.put(FOUND)
    assert cache.get([b"\5"])[b"\5"].tolist() == [5] * 4


def test_where_there_is_no_room_nothing_is_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = FeatureCache(tmp_path / "file" / "features.sqlite", 4)
    cache.put(FOUND)
    assert cache.get([b"\1"]) == {}
    assert "features are not kept" in caplog.text


def test_a_key_is_of_content_shape_and_maker() -> None:
    picture = np.zeros((2, 6), np.uint8)
    named = keys([picture, picture.reshape(3, 4), picture + 1, picture], b"a") + keys([picture], b"b")
    assert len(set(named)) == 4
    assert named[0] == named[3]


def test_items_in_lists() -> None:
    assert list(together(range(5), 2)) == [[0, 1], [2, 3], [4]]
