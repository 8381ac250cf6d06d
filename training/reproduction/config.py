"""The parameters of the report."""

from typing import ClassVar

from pydantic import Field

from training.parameters.workers import WorkersForm


class ReportConfig(WorkersForm):
    """Draw the study's 82 figures and answer its questions, on a page and in MLflow."""

    module: ClassVar[str] = "training.report"

    quick: bool = Field(False, description="from fewer seeds and values, in two minutes")
