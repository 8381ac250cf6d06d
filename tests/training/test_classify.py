from pathlib import Path

import pytest

from tests.support.pictures import digits, write_folder
from training.classify import main


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Scikit-learn's digits, as files."""
    pictures = digits(200, 100)
    for part in ("train", "test"):
        write_folder(tmp_path / "digits" / part, getattr(pictures, part), pictures.classes)
    return tmp_path / "digits"


def test_the_command_tells_the_result_in_a_few_lines(
    store: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--dataset=pictures", f"--data_dir={folder}", "--hidden=20", "--epochs=2", "--l2_lambda=0,0.3"])
    told = capsys.readouterr().out
    assert "digits, accuracy in %:\nλ = 0      training " in told
    assert "first, with " in told
    assert "more pictures would" in told
    assert "registered as digits version 1, now the champion (the first of its name)" in told


@pytest.mark.parametrize(
    ("argument", "reason"),
    [
        ("--l2_lambda=1,-2", "l2_lambda: Input should be greater than or equal to 0, not '-2'"),
        ("--l2_lambda=1,1", "l2_lambda: each λ is trained once, not '1.0,1.0'"),
        ("--dataset=pictures", "data_dir: dataset=pictures needs a folder that has one of pictures for each class"),
        ("--picture_size=9", "picture_size: mnist has its own size"),
        ("--dropout=1", "dropout: Input should be less than 1, not '1'"),
        ("--dataset=dogs", "dataset: Input should be 'mnist', 'fashion_mnist', 'cats' or 'pictures', not 'dogs'"),
    ],
)
def test_a_mistake_is_one_line(store: str, capsys: pytest.CaptureFixture[str], argument: str, reason: str) -> None:
    with pytest.raises(SystemExit, match="64"):
        main([argument])
    assert capsys.readouterr().err == f"error: {reason}\n"
