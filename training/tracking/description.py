"""What a run, or a registered version, says of itself in MLflow's UI: Markdown in the place for notes."""

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from mlflow import MlflowClient
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NOTE

from training.parameters.command_line import CommandLine
from training.tracking import tracking
from training.tracking.patience import patiently


class Version(Protocol):
    """A version in the model registry."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> int: ...


@dataclass(frozen=True)
class Description:
    """What is to be said.

    Attributes:
        result: lines, the first of which says what it is.
        warnings: what speaks against trusting it.
        figure: the artifact that shows most, if any does.
        config: of the command.
    """

    result: Iterable[str]
    warnings: Iterable[str]
    figure: str | None
    config: CommandLine

    def markdown(self, run_id: str) -> str:
        """The text; where MLflow's UI shows it, with the figure."""
        first, *more = map(_plain, self.result)
        warnings = [f"- {_plain(warning)}" for warning in self.warnings]
        command = shlex.join(["python", "-m", self.config.module, *self.config.briefly()])
        return "\n".join(
            [
                f"**{first}**",
                *(f"\n{line}" for line in more),
                *(["\n**Warnings**\n", *warnings] if warnings else []),
                f"{self._shown(run_id)}\nThe command:\n",
                f"    {command}",
            ]
        )

    def _shown(self, run_id: str) -> str:
        if self.figure is None:
            return ""
        address = f"get-artifact?path={self.figure}&run_uuid={run_id}"
        return f"\n![{self.figure}]({address})\n\nMain figure: `{self.figure}`, among the run's artifacts.\n"


def describe(run_id: str, description: Description, registered: Version | None = None) -> None:
    """Write it into a run, and into the version that the run has registered."""
    text = description.markdown(run_id)
    tracking.log_tags({MLFLOW_RUN_NOTE: text}, run_id)
    if registered is not None:
        patiently(partial(MlflowClient().update_model_version, registered.name, str(registered.version), text))


def _plain(text: str) -> str:
    """Text whose characters Markdown would take for its own."""
    return "".join(f"\\{character}" if character in "\\`*_#<>[]|" else character for character in text)
