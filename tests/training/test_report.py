import mlflow
import pytest

from training import report
from training.pipelines.reproduce import Report
from training.reproduction.answers import Answer


def test_the_answers_and_the_page_are_told(
    store: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a report that is made: training takes minutes."""
    with mlflow.start_run() as run:
        mlflow.log_text("<!doctype html>", "report.html")
    answer = Answer("holds", "Two of three fail.", "None does.", ["h"], [["1"]])
    made = {True: Report({3: answer}, run.info.run_id)}
    monkeypatch.setattr(report, "reproduce", lambda config: made[config.quick])
    report.main(["--quick=true"])
    first, page, link = capsys.readouterr().out.splitlines()
    assert first == "3. holds: Two of three fail. Standardised: None does."
    assert page.startswith("the page: /")
    assert page.endswith("/report.html")
    assert link.startswith(f"run {run.info.run_id} in sqlite:")


def test_a_mistake_is_one_line_and_an_exit_status(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="64"):
        report.main(["--workers=0"])
    assert capsys.readouterr().err == "error: workers: Input should be greater than or equal to 1, not '0'\n"
    assert mlflow.MlflowClient().search_runs(["0"]) == []
