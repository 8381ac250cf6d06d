"""`python -m training.cli.mlproject`: the text of MLproject, from the fields of each entry point's parameters."""

import sys
from collections.abc import Iterator, Mapping

from training.classification.config import ClassifyConfig
from training.differentiation.config import DerivativesConfig
from training.parameters.command_line import CommandLine
from training.regression.config import FitConfig
from training.reproduction.config import ReportConfig
from training.sweeps.config import SweepConfig

_HEAD = """\
name: derivable

conda_env: conda.yaml

# Written by `make lock`, from the fields of the parameters. Those that have one default are declared here; the others
# follow from the preset, the optimizer, the data or the dataset unless they are given (training/README.md lists all).
# -P takes them as well, and MLflow passes them on. Were they declared, every run would show their default in the UI in
# place of what it was trained with.
entry_points:
"""
# The other half of the project, whose settings have defaults of their own.
_SERVE = """\
  serve:
    parameters:
      host: {type: string, default: 127.0.0.1}
      port: {type: float, default: 8000}
    command: python -m training.tracking.unrecorded && exec python -m serving --host={host} --port={port}
"""
ENTRY_POINTS: Mapping[str, type[CommandLine]] = {
    "main": FitConfig,
    "derivatives": DerivativesConfig,
    "study": SweepConfig,
    "report": ReportConfig,
    "classify": ClassifyConfig,
}
# What YAML would not read as text.
_QUOTED = ("y", "False", "True")


def mlproject() -> str:
    """The whole file."""
    return _HEAD + "".join(map(_entry, ENTRY_POINTS)) + _SERVE


def declared(config: type[CommandLine]) -> dict[str, object]:
    """The parameters with one default, and that default."""
    fields = config.model_fields
    return {
        name: field.default
        for name, field in fields.items()
        if field.default_factory is None and field.default is not None
    }


def _entry(name: str) -> str:
    return "\n".join(_lines(name, ENTRY_POINTS[name])) + "\n"


def _lines(name: str, config: type[CommandLine]) -> Iterator[str]:
    parameters = declared(config)
    yield f"  {name}:"
    yield "    parameters:"
    for parameter, default in parameters.items():
        yield f"      {parameter}: {{type: {_kind(default)}, default: {_written(default)}}}"
    yield "    command: >-"
    yield f"      python -m {config.module}"
    for parameter in parameters:
        yield f"      --{parameter}={{{parameter}}}"


def _kind(default: object) -> str:
    """The type of MLflow's that fits; it checks neither."""
    is_number = isinstance(default, int | float) and not isinstance(default, bool)
    return "float" if is_number else "string"


def _written(default: object) -> str:
    text = f"{default:g}" if isinstance(default, float) else str(default)
    return f'"{text}"' if text in _QUOTED or ":" in text else text


if __name__ == "__main__":
    sys.stdout.write(mlproject())
