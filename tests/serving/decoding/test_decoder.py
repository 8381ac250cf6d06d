"""Pictures that take more than they show: memory, time, or the decoder itself."""

import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from serving.decoding.pictures import MAX_PIXELS
from tests.support.attacks import at_once, attacked, watching
from tests.support.served_pictures import classifier_metadata, decoded
from tests.support.service import Service

SIDE = int(MAX_PIXELS**0.5)
TURNED = Image.Exif()
TURNED[0x0112] = 6


@pytest.fixture(scope="module")
def service(
    tmp_path_factory: pytest.TempPathFactory, empty_database: Path, environment: dict[str, str]
) -> Iterator[Service]:
    with attacked(tmp_path_factory.mktemp("decoding"), empty_database, environment) as running:
        yield running


def written(mode: str, side: int, form: str, **options: Any) -> bytes:
    content = io.BytesIO()
    image = Image.new(mode, (side, side), options.pop("color", 0))
    image.save(content, form, **options)
    return content.getvalue()


def upload(service: Service, name: str, *contents: bytes) -> httpx.Response:
    files = [("pictures", (f"{number}.png", content)) for number, content in enumerate(contents)]
    return httpx.post(f"{service.url}/classifiers/{name}/predict", files=files, timeout=60)


def scans(side: int, times: int) -> bytes:
    """A progressive JPEG file of which one scan comes over and over: each goes through the whole picture."""
    content = written("L", side, "jpeg", progressive=True, color=128)
    start = content.rindex(b"\xff\xda")
    scan = content[start:-2]
    return content[:-2] + scan * times + b"\xff\xd9"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("digits", written("L", SIDE, "png")),
        ("digits", written("L", SIDE, "png", color=255)),
        ("colours", written("RGBA", SIDE, "png")),
        ("colours", written("LA", SIDE, "png")),
        ("colours", written("RGB", SIDE, "jpeg", exif=TURNED)),
        ("colours", written("CMYK", SIDE, "jpeg", progressive=True)),
    ],
    ids=["grey", "white", "transparent", "grey, transparent", "turned", "progressive"],
)
def test_the_largest_pictures(service: Service, name: str, content: bytes) -> None:
    """Three at once, each a few kilobytes for who sends it."""
    with watching(service) as watch:
        answers = at_once(3, lambda: upload(service, name, content))
    watch.require_sound()
    assert {answer.status_code for answer in answers} == {200}


def test_larger_ones_are_refused_before_they_are_decoded(service: Service) -> None:
    for contents in ([written("L", SIDE + 1, "png")], [written("L", SIDE, "png"), written("L", 64, "png")]):
        answer = upload(service, "digits", *contents)
        assert (answer.status_code, "pictures of more than 25,000,000 pixels" in answer.text) == (413, True)


def test_a_file_that_takes_minutes(service: Service) -> None:
    """Nobody else waits for it, and it is given up."""
    content = scans(5_000, 40_000)
    assert len(content) < 2_200_000
    with watching(service) as watch:
        answer = upload(service, "digits", content)
    watch.require_sound()
    assert (answer.status_code, answer.json()) == (422, {"detail": "'0.png' takes more than 10 s to decode"})
    assert upload(service, "digits", written("L", 50, "png")).status_code == 200, "there is a new decoder"


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (2**31 - 1, 1), (2**31 - 1, 2**31 - 1)])
def test_sizes_that_are_none(service: Service, size: tuple[int, int]) -> None:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 0, 0, 0, 0))
    content = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(10))) + chunk(b"IEND", b"")
    assert upload(service, "digits", content).status_code in (413, 422)


@pytest.mark.parametrize(("form", "mode"), [("digit", "L"), ("resize", "RGB")])
def test_a_photograph_is_the_same_decoded_smaller(form: str, mode: str) -> None:
    """To a classifier: what is beyond a thousand pixels is finer than any of its own."""
    rng = np.random.default_rng(0)
    image = Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)).resize((4_000, 3_000)).convert(mode)
    small, large = io.BytesIO(), io.BytesIO()
    image.save(large, "jpeg", quality=95)
    image.save(small, "png")
    shape = (28, 28, 3) if form == "resize" else (28, 28)
    reduced, whole = (decoded(one.getvalue(), classifier_metadata(form, *shape)).astype(int) for one in (large, small))
    assert np.abs(reduced - whole).max() <= 4
