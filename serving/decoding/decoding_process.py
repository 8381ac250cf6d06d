"""The process that decodes pictures: `python -m serving.decoding.decoding_process`, which the service starts and ends.

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

from serving.decoding import pictures
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


def _answer(task: dict[str, object], asked: BinaryIO, said: BinaryIO) -> None:
    content = asked.read(int(str(task["bytes"])))
    answer, pixels = _decoded(task, content)
    head = orjson.dumps(answer)
    said.write(LENGTH.pack(len(head)) + head + pixels)
    said.flush()


def _decoded(task: dict[str, object], content: bytes) -> tuple[dict[str, object], bytes]:
    name, shape = str(task["name"]), task["shape"]
    assert isinstance(shape, list), "as serving.decoding.decoder asks"
    form = Form(tuple(shape), str(task["preparation"]))
    try:
        pixels, used = pictures.from_file(name, content, form, int(str(task["most"])))
    except ServingError as error:
        return {"error": type(error).__name__, "message": str(error)}, b""
    except MemoryError:
        return {"error": TooLarge.__name__, "message": f"{name!r} takes more memory than there is for it"}, b""
    return {"used": used}, pixels.tobytes()


if __name__ == "__main__":
    main()
