"""The process that checks a model before the service loads it: `python -m serving.models.checker FOLDER`.

A graph that is damaged may take its process with it, and one that takes long can be ended only with its process.
"""

import contextlib
import json
import logging
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

from serving.errors import RefusedModel
from serving.runtime import subprocesses

log = logging.getLogger("derivable.serving")

# The most that is logged of what the process says where it fails.
_LONGEST = 2_000
# Longer than the largest graph takes for its example.
_MOST_SECONDS = 30
_MOST_BYTES = 2 << 30
# How the last line of what the process says begins; libraries may say something before.
_MARK = "checked: "


def check(folder: Path) -> dict[str, Any]:
    """Have a logged model checked; returns what it says of itself.

    Raises:
        RefusedModel: it is not one of ours, is damaged, does not answer its own example, or not in time.
    """
    command, environment = subprocesses.command("serving.models.checker", str(folder)), subprocesses.environment()
    try:
        finished = subprocess.run(  # noqa: S603 - our own module
            command, env=environment, capture_output=True, text=True, timeout=_MOST_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise RefusedModel(f"it is not checked within {_MOST_SECONDS} s") from None
    said = [line for line in finished.stdout.splitlines() if line.startswith(_MARK)]
    if not said:
        log.warning("checking a model failed: %s", finished.stderr[-_LONGEST:])
        raise RefusedModel(f"checking it ends with {_exit(finished.returncode)}")
    content: dict[str, Any] = json.loads(said[-1].removeprefix(_MARK))
    if "refused" in content:
        raise RefusedModel(content["refused"])
    metadata: dict[str, Any] = content["metadata"]
    return metadata


def _exit(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"status {status}"


def main(folder: str) -> None:
    """Load a model, ask it for its example and say what was found."""
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (_MOST_SECONDS, _MOST_SECONDS))
    # Only here: who asks has no use for it.
    from serving.models.loading import load
    from serving.models.logged_model import Version, description

    try:
        load(Path(folder), Version("", 0, None, ""))
        found: dict[str, Any] = {"metadata": description(Path(folder))}
    except RefusedModel as error:
        found = {"refused": str(error)}
    except MemoryError:
        found = {"refused": "it takes too much memory"}
    print(_MARK + json.dumps(found, default=str))


if __name__ == "__main__":
    main(sys.argv[1])
