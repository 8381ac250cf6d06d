import socket

import pytest

from training.ui import main


def test_it_listens_where_nothing_else_does(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit, match="64"):
            main([f"--port={port}"])
    said = capsys.readouterr().err
    assert said.startswith(f"error: port: {port} is in use; if that is MLflow's UI, the runs are on http://127.0.0.1:")
    assert "`make ui ARGS=--port=" in said


def test_a_mistake_is_one_line_and_an_exit_status(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="64"):
        main(["--port=0"])
    assert capsys.readouterr().err == "error: port: Input should be greater than or equal to 1, not '0'\n"
