"""Entry point `serve`: run the service under uvicorn."""

import errno
import os
import resource
import socket
import sys
import tempfile
from contextlib import ExitStack
from typing import Any, NoReturn

import uvicorn
from mlflow.exceptions import MlflowException
from pydantic import SecretStr, ValidationError
from pydantic_settings import CliApp

from serving.app import create_service
from serving.observability import logs
from serving.registry.registry_client import RegistryDown
from serving.runtime import allocator
from serving.runtime.http_protocol import Protocol
from serving.settings import Settings

# Ports that are offered in place of one that is taken.
_OFFERED = 100


def main(arguments: list[str]) -> None:
    """Serve until interrupted."""
    try:
        settings = CliApp.run(Settings, cli_args=arguments)
    except ValidationError as error:
        for entry in error.errors():
            print(f"error: {entry['loc'][0]}: {entry['msg']}, not {entry['input']!r}", file=sys.stderr)
        raise SystemExit(os.EX_USAGE) from None
    _refuse_taken_port(settings)
    # A registry that does not answer is asked again with the next refresh, not for minutes.
    for name, value in (("ENABLE_ARTIFACTS_PROGRESS_BAR", "false"), ("HTTP_REQUEST_MAX_RETRIES", "1")):
        os.environ.setdefault(f"MLFLOW_{name}", value)
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
    # A file that a restored copy replaces is another file: no connection stays open to the one before it.
    os.environ.setdefault("MLFLOW_SQLALCHEMYSTORE_POOLCLASS", "NullPool")
    _allow_many_connections()
    logs.configure()
    allocator.configure()
    try:
        service = create_service(settings)
    except (MlflowException, RegistryDown) as error:
        _refuse("tracking_uri", error)
    except (OSError, ValueError) as error:
        _refuse("api_keys_file", error)
    options: dict[str, Any] = {
        "host": settings.host,
        "port": settings.port,
        "http": Protocol,
        # uvloop takes one new connection in each of its turns: the last of many that come at once waits for a second.
        "loop": "asyncio",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        # What has begun is finished; afterwards nobody waits for it any more.
        "timeout_graceful_shutdown": int(settings.max_seconds) + 1,
    }
    if settings.workers == 1:
        uvicorn.run(service, **options)
    else:
        _run_workers(settings, options)


def _run_workers(settings: Settings, options: dict[str, Any]) -> None:
    """Each worker is a process that makes its own application from the environment."""
    with ExitStack() as stack:
        os.environ |= _as_environment(settings)
        # Where workers add up what they count.
        shared = stack.enter_context(tempfile.TemporaryDirectory(prefix="derivable-metrics-"))
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = shared
        factory = "serving.app:create_from_environment"
        uvicorn.run(factory, factory=True, workers=settings.workers, **options)


def _as_environment(settings: Settings) -> dict[str, str]:
    given = {name: value for name, value in settings if value is not None}
    return {
        f"DERIVABLE_{name.upper()}": value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        for name, value in given.items()
    }


def _allow_many_connections() -> None:
    """Each connection is a file; systems allow more than the 1,024 that they begin with."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _refuse_taken_port(settings: Settings) -> None:
    """Say what to type instead, before anything is loaded."""
    if settings.port and not _is_free(settings.host, settings.port):
        others = range(settings.port + 1, min(settings.port + _OFFERED, 65_536))
        other = next((port for port in others if _is_free(settings.host, port)), None)
        offer = f"; `make serve ARGS=--port={other}` takes another" if other else ""
        print(f"error: port: {settings.port} is in use{offer}", file=sys.stderr)
        raise SystemExit(os.EX_USAGE)


def _is_free(host: str, port: int) -> bool:
    """Whether it can be listened on; what else is wrong with an address is left to who listens."""
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        return error.errno != errno.EADDRINUSE
    return True


def _refuse(setting: str, error: Exception) -> NoReturn:
    print(f"error: {setting}: {error}", file=sys.stderr)
    raise SystemExit(os.EX_USAGE) from None


if __name__ == "__main__":
    main(sys.argv[1:])
