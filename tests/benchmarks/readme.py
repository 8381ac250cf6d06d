"""Writes measured results into the README, between marks."""

import re
from pathlib import Path


def write_section(path: Path, name: str, text: str) -> None:
    """Replace what stands between the marks `<!-- NAME -->` and `<!-- /NAME -->`.

    Raises:
        ValueError: the file has no such marks.
    """
    marked = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    content, count = marked.subn(lambda match: f"{match[1]}{text}\n{match[2]}", path.read_text())
    if not count:
        raise ValueError(f"{path} has no marks for {name}")
    path.write_text(content)
