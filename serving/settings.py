"""What can be set of the service: by argument (`--port=8000`), or by environment variable (`DERIVABLE_PORT=8000`)."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Serve the registered functions and their derivatives over HTTP."""

    model_config = SettingsConfigDict(env_prefix="DERIVABLE_", frozen=True, cli_hide_none_type=True)

    host: str = Field("127.0.0.1", description="address to listen on; the default is this machine only")
    port: int = Field(8000, ge=0, le=65_535, description="port to listen on; 0 takes a free one")
    tracking_uri: str | None = Field(
        None, description="MLflow store with the models; MLflow's own default if not given"
    )
    alias: str = Field("champion", min_length=1, description="alias of the versions to serve")
    # Follows a new champion soon enough for a person who waits for it, and asks the store little.
    refresh_seconds: float = Field(5.0, gt=0, description="how often the registry is asked for new versions")
    # 100,000 numbers of 20 digits with their commas; more points belong in several requests.
    max_body_bytes: int = Field(2_200_000, ge=1, description="largest body of a request")
    max_points: int = Field(100_000, ge=1, description="most points of a request")
