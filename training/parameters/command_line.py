"""Parameters from the command line, with one line for each mistake."""

import io
import re
from collections.abc import Collection, Iterable
from contextlib import redirect_stdout, suppress
from difflib import get_close_matches
from typing import Any, ClassVar, Self

from pydantic import ValidationError
from pydantic_settings import BaseSettings, CliApp, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from training.errors import InvalidParameter

# A sequence that is left to the program.
AUTO = "auto"


class CommandLine(BaseSettings):
    """Parameters that `--name=value` sets; every field's description is its help.

    Environment variables do not count: the command alone says what is run.

    Attributes:
        module: what `python -m` runs with these parameters.
    """

    module: ClassVar[str]

    model_config = SettingsConfigDict(frozen=True, extra="forbid", cli_exit_on_error=False, cli_hide_none_type=True)

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
        given = joined(arguments)
        cls._refuse_unknown(given)
        if not {"-h", "--help"}.isdisjoint(given):
            print(_help(cls))
            raise SystemExit(0)
        try:
            return CliApp.run(cls, cli_args=given)
        except ValidationError as error:
            raise InvalidParameter(refusals(error)) from None
        except SettingsError as error:
            raise InvalidParameter(f"{error}; --help lists what there is") from None

    @classmethod
    def _refuse_unknown(cls, arguments: list[str]) -> None:
        names = [argument[2:].partition("=")[0] for argument in arguments if argument.startswith("--")]
        unknown = [name for name in names if name and name != "help" and name not in cls.model_fields]
        if unknown:
            raise InvalidParameter("\n".join(_unknown(name, cls.model_fields) for name in unknown))

    def as_strings(self) -> dict[str, str]:
        """Every parameter that has a value, as it would be written on the command line."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: _written(value) for name, value in values.items() if value is not None}

    def differing(self, usual: "CommandLine", names: Collection[str]) -> list[str]:
        """The parameters named that are not as usual, as a reader tells them: epochs=60."""
        own, others = self.as_strings(), usual.as_strings()
        return [f"{name}={own[name]}" for name in names if name in own and own[name] != others.get(name)]

    def briefly(self) -> list[str]:
        """The shortest command line that repeats this: without what would be so anyway."""
        fields = type(self).model_fields
        own = {name: getattr(self, name) for name in fields}
        given = {name: own[name] for name, f in fields.items() if not f.default_factory and own[name] != f.default}
        try:
            usual = type(self).model_validate(given)
        except (ValidationError, InvalidParameter):  # they only fit together with what follows from others
            return self.as_arguments()
        given |= {name: value for name, value in own.items() if value != getattr(usual, name)}
        return [argument for argument in self.as_arguments() if argument[2:].partition("=")[0] in given]

    def as_arguments(self) -> list[str]:
        """The command line that repeats this."""
        return [f"--{name}={value}" for name, value in self.as_strings().items()]


def _help(config: type[CommandLine]) -> str:
    """What argparse says of the parameters, without what only a programmer would want to know."""
    told = io.StringIO()
    with redirect_stdout(told), suppress(SystemExit):
        CliApp.run(config, cli_args=["--help"])
    text = told.getvalue().rstrip()
    for pattern, plain in _PLAIN.items():
        text = re.sub(pattern, plain, text)
    return text


# In help: second paragraphs of docstrings, defaults of nothing or by a function, and types.
_PLAIN = {
    r"(?s)(\n\n    .*?)?\n\noptions:": "\n\noptions:",
    r"\s+\(default:\s+null\)": "",
    r"\(default\s+factory:\s": "(default: ",
    r"\{Domain,Box\}": "DOMAIN",
    r"tuple\[([^\]]*)\]": r"\1",
}


def _unknown(name: str, known: Iterable[str]) -> str:
    meant = get_close_matches(name, known, n=1)
    return f"unknown parameter {name}; " + (f"did you mean {meant[0]}?" if meant else "--help lists what there is")


def joined(arguments: list[str]) -> list[str]:
    """`--name value` as `--name=value`: argparse would take a value such as -5,5 for another option."""
    joined: list[str] = []
    for argument in arguments:
        if joined and joined[-1].startswith("--") and "=" not in joined[-1] and not argument.startswith("--"):
            joined[-1] += f"={argument}"
        else:
            joined.append(argument)
    return joined


def refusals(error: ValidationError) -> str:
    """A line for each value that is not allowed, with the value and what is allowed."""
    return "\n".join(map(_line, _given(error)))


def _given(error: ValidationError) -> list[Any]:
    """The mistakes of the user; a default that cannot be found for another's mistake is none."""
    return [mistake for mistake in error.errors() if mistake["type"] != "default_factory_not_called"]


def _line(error: Any) -> str:
    name = str(error["loc"][0]) if error["loc"] else ""
    message = error["msg"].removeprefix("Value error, ")
    return f"{name}: {message}, not {error['input']!r}" if name else message


def _written(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(_written, value)) or AUTO
    return repr(value) if isinstance(value, float) else str(value)
