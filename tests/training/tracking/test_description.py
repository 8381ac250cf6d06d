import mlflow
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NOTE

from training.regression.config import FitConfig
from training.tracking.description import Description, describe

CONFIG = FitConfig.parse(["--target=psi_1", "--hidden=8,8"])


def test_result_warnings_figure_and_command_in_this_order() -> None:
    text = Description(["psi_1 on [0, 1]", "error 1e-9"], ["a_b | c"], "fit.png", CONFIG).markdown("id")
    first, *rest = text.split("\n")
    assert first == "**psi\\_1 on \\[0, 1\\]**"
    assert "\nerror 1e-9\n" in text
    assert "- a\\_b \\| c" in rest
    assert "![fit.png](get-artifact?path=fit.png&run_uuid=id)" in rest
    assert text.index("Warnings") < text.index("fit.png") < text.index("The command:")
    assert rest[-1].startswith("    python -m training.fit --target=psi_1 ")
    assert "--hidden=8,8" in rest[-1]


def test_what_is_not_there_is_not_spoken_of() -> None:
    text = Description(["one"], [], None, CONFIG).markdown("id")
    assert "Warnings" not in text
    assert "figure" not in text
    assert "\nThe command:\n" in text


def test_it_is_the_note_of_the_run(store: str) -> None:
    with mlflow.start_run() as run:
        describe(run.info.run_id, Description(["one"], [], None, CONFIG))
    assert mlflow.get_run(run.info.run_id).data.tags[MLFLOW_RUN_NOTE].startswith("**one**")
