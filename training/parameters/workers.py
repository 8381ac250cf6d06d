"""The parameters of who does the work."""

from typing import Literal, Self

from pydantic import Field, model_validator

from training.errors import InvalidParameter
from training.parameters.command_line import CommandLine


class WorkersForm(CommandLine):
    """Processes on this machine, or the CPUs of a Ray cluster."""

    executor: Literal["process", "ray"] = Field("process", description="workers: processes, or a Ray cluster")
    workers: int | None = Field(None, ge=1, le=1_024, description="processes; one for each core, unless given")
    ray_address: str | None = Field(None, min_length=1, description="of a Ray cluster; a local one, unless given")

    @model_validator(mode="after")
    def _suits_the_executor(self) -> Self:
        if self.ray_address is not None and self.executor != "ray":
            raise InvalidParameter(f"ray_address: only executor=ray has one, not {self.executor!r}")
        if self.workers is not None and self.executor != "process":
            raise InvalidParameter("workers: with executor=ray, each CPU of the cluster is one")
        return self
