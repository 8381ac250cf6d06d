"""`python -m training.cli ARGUMENTS`, before `mlflow run . ARGUMENTS`: are these right, and does the store answer?

MLflow takes seconds until this project has a say, and shows a mistake between a run that has failed and a traceback.
"""

import argparse
import os
import sys

from training.cli.mlproject import ENTRY_POINTS
from training.errors import InvalidParameter
from training.parameters.command_line import CommandLine
from training.tracking import __main__ as tracking


def main(arguments: list[str]) -> None:
    """Say in a line what is wrong, and leave to MLflow what is MLflow's."""
    try:
        config, given = launched(arguments)
        if config is not None:
            config.parse(given)
    except InvalidParameter as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(os.EX_USAGE) from None
    tracking.main()


def launched(arguments: list[str]) -> tuple[type[CommandLine] | None, list[str]]:
    """The parameters of the entry point that `mlflow run` would start, and what it would be given."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("-P", "--param-list", action="append", default=[])
    parser.add_argument("-e", "--entry-point", default="main")
    try:
        known, _ = parser.parse_known_args(arguments)
    except argparse.ArgumentError:
        return None, []
    return ENTRY_POINTS.get(known.entry_point), [f"--{given}" for given in known.param_list]


if __name__ == "__main__":
    main(sys.argv[1:])
