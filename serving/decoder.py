"""The process that decodes pictures: `python -m serving.decoder`, which the service starts and ends.

What decoders do with a file is not known before it is decoded: some keep others from running meanwhile, some files
take minutes, and a mistake in a decoder ends its process. It has no more than the memory that it needs, and imports
nothing else.
"""

import contextlib
import resource
import struct
import sys
from typing import BinaryIO, NamedTuple

import orjson

from serving import pictures
from serving.errors import NotPictures, ServingError, TooLarge

# Beside what the process itself maps: three copies of the largest picture, in four bytes a pixel.
_MOST_BYTES = 12 * pictures.MAX_PIXELS + (512 << 20)
LENGTH = struct.Struct("<I")
ERRORS: dict[str, type[ServingError]] = {kind.__name__: kind for kind in (NotPictures, TooLarge)}


class Form(NamedTuple):
    """What a picture is to become."""

    shape: tuple[int, ...]
    preparation: str


def main() -> None:
    """Decode until nobody asks any more."""
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
    asked, said = sys.stdin.buffer, sys.stdout.buffer
    while head := asked.read(LENGTH.size):
        _answer(orjson.loads(asked.read(*LENGTH.unpack(head))), asked, said)


def _answer(question: dict[str, object], asked: BinaryIO, said: BinaryIO) -> None:
    content = asked.read(int(str(question["bytes"])))
    answer, pixels = _decoded(question, content)
    head = orjson.dumps(answer)
    said.write(LENGTH.pack(len(head)) + head + pixels)
    said.flush()


def _decoded(question: dict[str, object], content: bytes) -> tuple[dict[str, object], bytes]:
    name, shape = str(question["name"]), question["shape"]
    assert isinstance(shape, list), "as serving.decoding asks"
    form = Form(tuple(shape), str(question["preparation"]))
    try:
        pixels, used = pictures.from_file(name, content, form, int(str(question["most"])))
    except ServingError as error:
        return {"error": type(error).__name__, "message": str(error)}, b""
    except MemoryError:
        return {"error": TooLarge.__name__, "message": f"{name!r} takes more memory than there is for it"}, b""
    return {"used": used}, pixels.tobytes()


if __name__ == "__main__":
    main()
