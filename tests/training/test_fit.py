from pathlib import Path

import mlflow
import pytest

from training.fit import main


def test_data_over_time_say_since_when_and_what_was_left_out(
    store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [f"2024-03-01 12:{i // 60:02}:{i % 60:02},{i * i % 50}.5" for i in range(300)]
    rows[7], rows[30], rows[60], rows[90] = (
        rows[7].split(",")[0] + ",NA",
        *(rows[i].split(",")[0] + ",-999.99" for i in (30, 60, 90)),
    )
    (tmp_path / "m.csv").write_text("\n".join(["x,y", *rows]))
    main([f"--data={tmp_path / 'm.csv'}", "--invalid_rows=drop", "--hidden=5", "--champion=always"])
    told = capsys.readouterr()
    assert "m.csv on [0, 299] s since 2024-03-01T12:00:00: " in told.out
    assert told.err.count("m.csv: text in UTF-8, 2 columns separated by commas, names in line 1, rows from line 2") == 1
    (run,) = mlflow.MlflowClient().search_runs(["0"])
    assert run.data.metrics["dropped_rows"] == 1
    reason = "column 'y' is missing in 1 (first line 9: 'NA')"
    tags = {"x_origin": "2024-03-01T12:00:00", "x_unit": "s", "dropped_rows": f"1 of 300: {reason}"}
    assert tags.items() <= run.data.tags.items()
    assert "x in times, year first" in run.data.tags["data_form"]
    metadata = mlflow.models.get_model_info("models:/m@champion").metadata
    assert metadata is not None
    assert (metadata["x_origin"], metadata["x_unit"]) == ("2024-03-01T12:00:00", "s")
    dropped, code = metadata["warnings"][:2]
    assert dropped == f"1 of 300 rows were left out: {reason}"
    assert code.startswith("3 of 299 values of column 'y' are -999.99")
    for warning in (dropped, code):
        assert f"warning: {warning}" in told.out
        assert warning in run.data.tags["warnings"]


def test_the_command_tells_the_result_in_a_few_lines(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--points=201", "--epochs=2", "--hidden=8"])
    told = capsys.readouterr().out
    assert "gaussian on [-5, 5]: 8 units, 25 weights" in told
    assert "registered as gaussian version 1, now the champion (the first of its name)" in told


def test_a_mistake_is_one_line_and_an_exit_status(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="64"):
        main(["--points=1"])
    assert capsys.readouterr().err == "error: points: Input should be greater than or equal to 2, not '1'\n"
