"""The process that decodes, as it is asked over its pipes."""

import io
import subprocess
from typing import Any

import numpy as np
import orjson
from PIL import Image

from serving.decoding.decoding_process import LENGTH
from serving.runtime.subprocesses import command, environment


def written(task: dict[str, Any], content: bytes) -> bytes:
    head = orjson.dumps({"name": "a.png", "bytes": len(content), "most": 1_000, "preparation": "resize"} | task)
    return LENGTH.pack(len(head)) + head + content


def test_it_answers_one_after_the_other_and_ends_with_who_asks() -> None:
    pixels = np.arange(12, dtype=np.uint8).reshape(4, 3)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "png")
    content = stream.getvalue()
    asked = written({"shape": [4, 3]}, content) + written({"shape": [4, 3], "most": 11}, content)
    asked += written({"shape": [4, 3]}, b"no picture") + written({"shape": [4, 3]}, content)
    process = command("serving.decoding.decoding_process")
    done = subprocess.run(process, env=environment(), input=asked, check=True, capture_output=True)
    said, heads = io.BytesIO(done.stdout), []
    while length := said.read(LENGTH.size):
        heads.append(orjson.loads(said.read(*LENGTH.unpack(length))))
        if "used" in heads[-1]:
            assert said.read(12) == pixels.tobytes()
    assert [head.get("used", head.get("error")) for head in heads] == [12, "TooLarge", "NotPictures", 12]
    assert heads[2]["message"] == "'a.png' is not a picture: expected PNG or JPEG"
