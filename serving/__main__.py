"""Entry point `serve`: run the service under uvicorn."""

import logging
import os
import sys

import uvicorn
from mlflow.exceptions import MlflowException
from pydantic import ValidationError
from pydantic_settings import CliApp

from serving.app import create_app
from serving.settings import Settings


def main(arguments: list[str]) -> None:
    """Serve until interrupted."""
    try:
        settings = CliApp.run(Settings, cli_args=arguments)
    except ValidationError as error:
        for entry in error.errors():
            print(f"error: {entry['loc'][0]}: {entry['msg']}, not {entry['input']!r}", file=sys.stderr)
        raise SystemExit(os.EX_USAGE) from None
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    logging.basicConfig(level=logging.INFO, format="%(levelname)s:     %(message)s")
    try:
        app = create_app(settings)
    except MlflowException as error:
        print(f"error: tracking_uri: {error}", file=sys.stderr)
        raise SystemExit(os.EX_USAGE) from None
    uvicorn.run(app, host=settings.host, port=settings.port)


if __name__ == "__main__":
    main(sys.argv[1:])
