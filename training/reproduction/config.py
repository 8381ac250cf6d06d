"""The parameters of the report."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from training.errors import InvalidParameter
from training.parameters.command_line import CommandLine


class ReportConfig(CommandLine):
    """Draw the study's 82 figures and answer its questions, on a page and in MLflow."""

    module: ClassVar[str] = "training.report"

    quick: bool = Field(False, description="from fewer seeds and values, in two minutes")
    executor: Literal["process", "ray"] = Field("process", description="workers: processes, or a Ray cluster")
    workers: int | None = Field(None, ge=1, le=1_024, description="processes; one for each core, unless given")
    ray_address: str | None = Field(None, min_length=1, description="of a Ray cluster; a local one, unless given")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.ray_address is not None and self.executor != "ray":
            raise InvalidParameter(f"ray_address: only executor=ray has one, not {self.executor!r}")
        if self.workers is not None and self.executor != "process":
            raise InvalidParameter("workers: with executor=ray, each CPU of the cluster is one")
        return self
