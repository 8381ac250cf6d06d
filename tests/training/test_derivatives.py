import re

import pytest

from training.derivatives import main

SMALL = ["--points=51", "--epochs=2", "--hidden=4", "--steps=1e-6,1,3", "--step=0.5"]


def test_the_command_tells_the_errors_in_a_line_each(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    main([*SMALL, "--target=psi_1"])
    first, *lines, last = capsys.readouterr().out.splitlines()
    assert first == "relative L2 errors of the derivatives of psi_1 on [-5, 5]"
    assert [line.split(":")[0] for line in lines] == ["4 f'", "4 f''", "function f'", "function f''"]
    assert re.match(r"run [0-9a-f]{32} in sqlite:", last)


def test_a_mistake_is_one_line_and_an_exit_status(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="64"):
        main(["--step=9"])
    assert capsys.readouterr().err == "error: step: 9 is not less than half of the domain's 10\n"
