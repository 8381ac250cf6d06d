import io
import logging
import sys

import pytest

from training.parameters import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_what_begins_and_then_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    progress.at("sampling")
    progress.Handler().emit(logging.LogRecord("a", logging.INFO, "", 0, "a line", (), None))
    progress.at("drawing")
    progress.done()
    assert terminal.getvalue() == "\r\033[Ksampling …\r\033[Ka line\n\r\033[Kdrawing …\r\033[K"


def test_a_file_has_none_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    progress.at("sampling")
    progress.done()
    assert capsys.readouterr().err == ""
