"""Parameters from the command line, with one line for each mistake."""

import os
import sys
from typing import Any, NoReturn, Self

from pydantic import ValidationError
from pydantic_settings import BaseSettings, CliApp, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from training.errors import Error, InvalidParameter


class CommandLine(BaseSettings):
    """Parameters that `--name=value` sets; every field's description is its help.

    Environment variables do not count: the command alone says what is run.
    """

    model_config = SettingsConfigDict(frozen=True, extra="forbid", cli_exit_on_error=False)

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: Any, **__: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)

    @classmethod
    def parse(cls, arguments: list[str]) -> Self:
        """The parameters that the arguments name.

        Raises:
            InvalidParameter: a value is not allowed, a line for each, or an argument is unknown.
        """
        try:
            return CliApp.run(cls, cli_args=arguments)
        except ValidationError as error:
            raise InvalidParameter("\n".join(map(_line, error.errors()))) from None
        except SettingsError as error:
            raise InvalidParameter(f"{error}; --help lists what there is") from None

    def as_strings(self) -> dict[str, str]:
        """Every parameter as it would be written on the command line."""
        return {name: _written(getattr(self, name)) for name in type(self).model_fields}

    def as_arguments(self) -> list[str]:
        """The command line that repeats this."""
        return [f"--{name}={value}" for name, value in self.as_strings().items()]


def fail(error: Error) -> NoReturn:
    """Show a user's mistake and exit; an MLflow project that runs this reports the failure by the exit status."""
    print(f"error: {error}", file=sys.stderr)
    sys.stderr.flush()
    raise SystemExit(os.EX_USAGE if isinstance(error, InvalidParameter) else 1)


def _line(error: Any) -> str:
    name = str(error["loc"][0]) if error["loc"] else ""
    message = error["msg"].removeprefix("Value error, ")
    return f"{name}: {message}, not {error['input']!r}" if name else message


def _written(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(_written, value))
    return repr(value) if isinstance(value, float) else str(value)
