"""Has pictures decoded in a process of their own, one at a time, within a time."""

import asyncio
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any

import numpy as np
import orjson

from serving.decoding.decoding_process import ERRORS, LENGTH
from serving.decoding.pictures import MAX_PIXELS, Form, Pixels
from serving.errors import NotPictures
from serving.runtime import subprocesses

# The largest picture takes about two; a file of thousands of scans takes minutes.
_MOST_SECONDS = 10.0


class Decoder:
    """Decodes the files of all requests, in their order; its process begins with the first."""

    def __init__(self) -> None:
        self._process: Process | None = None

    @cached_property
    def _turn(self) -> asyncio.Lock:
        return asyncio.Lock()

    async def decode(self, files: Sequence[tuple[str, bytes]], form: Form) -> Pixels:
        """Pictures (n, *shape) from PNG and JPEG files, given by names and contents.

        Raises:
            NotPictures: one of them is not a picture, or takes too long; names it.
            TooLarge: together they have more pixels than a request may have.
        """
        left, found = MAX_PIXELS, []
        for name, content in files:
            async with self._turn:
                pixels, used = await self._one(name, content, form, left)
            found.append(pixels)
            left -= used
        return np.stack(found)

    async def _one(self, name: str, content: bytes, form: Form, most: int) -> tuple[Pixels, int]:
        task = {"name": name, "bytes": len(content), "most": most} | {
            "shape": list(form.shape),
            "preparation": form.preparation,
        }
        done = False
        try:
            async with asyncio.timeout(_MOST_SECONDS):
                answer, pixels = await self._exchange(orjson.dumps(task), content, form)
            done = True
        except TimeoutError:
            raise NotPictures(f"{name!r} takes more than {_MOST_SECONDS:g} s to decode") from None
        except (asyncio.IncompleteReadError, OSError):
            raise NotPictures(f"{name!r} is a damaged picture: its decoder failed") from None
        finally:
            if not done:
                await self.end()
        if "error" in answer:
            raise ERRORS[answer["error"]](answer["message"])
        return np.frombuffer(pixels, np.uint8).reshape(form.shape), int(answer["used"])

    async def _exchange(self, task: bytes, content: bytes, form: Form) -> tuple[dict[str, Any], bytes]:
        process = await self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.writelines([LENGTH.pack(len(task)), task, content])
        await process.stdin.drain()
        head = await process.stdout.readexactly(LENGTH.size)
        answer: dict[str, Any] = orjson.loads(await process.stdout.readexactly(*LENGTH.unpack(head)))
        size = 0 if "error" in answer else int(np.prod(form.shape))
        return answer, await process.stdout.readexactly(size)

    async def _running(self) -> Process:
        if self._process is None or self._process.returncode is not None:
            command, environment = subprocesses.command("serving.decoding.decoding_process"), subprocesses.environment()
            self._process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, env=environment)
        return self._process

    async def end(self) -> None:
        """End the process, whatever it does."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
