"""What can be set of the service: by argument (`--port=8000`), or by environment variable (`DERIVABLE_PORT=8000`)."""

from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Serve the registered models over HTTP: functions with their derivatives, and classifiers."""

    model_config = SettingsConfigDict(env_prefix="DERIVABLE_", frozen=True, cli_hide_none_type=True)

    host: str = Field("127.0.0.1", description="address to listen on; the default is this machine only")
    port: int = Field(8000, ge=0, le=65_535, description="port to listen on; 0 takes a free one")
    workers: int = Field(1, ge=1, le=256, description="processes that answer; one uses one core")
    tracking_uri: str | None = Field(
        None, description="MLflow store with the models; MLflow's own default if not given"
    )
    # Where `make ui` listens.
    ui_url: str = Field("http://127.0.0.1:5000", description="MLflow's UI, for links to runs")
    alias: str = Field("champion", min_length=1, description="alias of the versions to serve")
    # Follows a new champion soon enough for a person who waits for it, and asks the store little.
    refresh_seconds: float = Field(2.0, gt=0, description="how often the registry is asked for new versions")
    webhook_secret: SecretStr | None = Field(
        None, description="of MLflow's webhooks, which make a change followed at once; none are taken without"
    )
    max_versions: int = Field(8, ge=1, description="versions kept that requests have named with version= or alias=")
    api_keys: SecretStr | None = Field(
        None, description="keys, separated by commas, one of which every request but those for health must have"
    )
    api_keys_file: Path | None = Field(
        None, description="file with more of them, one a line, read again when it changes"
    )
    trusted_hosts: str | None = Field(
        None,
        description="hosts, separated by commas, that requests may be for, or *; unless given this machine's own names "
        "where only it can reach the service, else any",
    )
    # 100,000 numbers of 20 digits with their commas; more points belong in several requests.
    max_body_bytes: int = Field(2_200_000, ge=1, description="largest body of a request")
    max_points: int = Field(100_000, ge=1, description="most points of a request")
    # Each may hold a body and its answer.
    max_requests: int = Field(1_000, ge=1, description="most requests at a time, for each worker")
    # What a worker needs beside it, its picture decoder included, leaves room below 1 GiB.
    max_memory_bytes: int = Field(
        192 << 20, ge=1 << 20, description="most that bodies, arrays and answers of all requests take, for each worker"
    )
    max_seconds: float = Field(30.0, gt=0, description="longest time for a request, from its arrival to its answer")

    @field_validator("api_keys", "trusted_hosts")
    @classmethod
    def _has_some(cls, value: SecretStr | str | None) -> SecretStr | str | None:
        """What is given and says nothing is a mistake, and not what it would be without: open to everyone."""
        given = value.get_secret_value() if isinstance(value, SecretStr) else value
        if given is not None and not listed(given):
            raise ValueError("is given, and has none")
        return value


def listed(text: str) -> list[str]:
    """What is separated by commas."""
    return [part for part in map(str.strip, text.split(",")) if part]
