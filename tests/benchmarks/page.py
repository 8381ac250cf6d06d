"""Writes measured results into the page of the benchmarks, between marks."""

import re
from pathlib import Path

PAGE = Path(__file__).with_name("README.md")


def write_section(name: str, text: str, path: Path = PAGE) -> None:
    """Replace what stands between the marks `<!-- NAME -->` and `<!-- /NAME -->`.

    Raises:
        ValueError: the file has no such marks.
    """
    marked = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    content, count = marked.subn(lambda match: f"{match[1]}{text}\n{match[2]}", path.read_text())
    if not count:
        raise ValueError(f"{path} has no marks for {name}")
    path.write_text(content)
