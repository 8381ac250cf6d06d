"""The parameters that say what form a file of data has, where it is not to be found in the file."""

import codecs
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field

from training.parameters.command_line import CommandLine

if TYPE_CHECKING:
    from training.data.tables import Given

# Names for what a shell would take for itself.
_WORDS = {
    "comma": ",",
    "semicolon": ";",
    "tab": "\t",
    "\\t": "\t",
    "bar": "|",
    "blank": " ",
    "blanks": " ",
    "apostrophe": "'",
}


def _separator(text: str) -> str:
    if text not in _WORDS and (len(text) != 1 or text.isalnum() or text in '"\r\n'):
        raise ValueError("expected comma, semicolon, tab, blanks, bar or another character")
    return text


def _encoding(name: str) -> str:
    try:
        known = codecs.lookup(name)
    except LookupError:
        known = None
    if known is None or not known._is_text_encoding:
        raise ValueError("expected an encoding of text such as utf-8, utf-16, cp1252 or latin-1")
    return name


class DataForm(CommandLine):
    """What is found in the file unless it is given."""

    separator: Annotated[str, AfterValidator(_separator)] | None = Field(
        None, description="between the columns of text: comma, semicolon, tab, blanks, bar or another character"
    )
    decimal: Literal[".", ","] | None = Field(None, description="decimal mark of numbers in text")
    thousands: Literal[",", ".", "blank", "apostrophe"] | None = Field(
        None, description="mark between thousands in text"
    )
    encoding: Annotated[str, AfterValidator(_encoding)] | None = Field(
        None, description="encoding of text, as utf-8, utf-16 or cp1252"
    )
    comment: str | None = Field(None, min_length=1, description="what lines of comment in text begin with")
    skip_lines: int | None = Field(
        None, ge=0, description="lines of text, or rows of a sheet, before the table and its names"
    )
    header: bool | None = Field(None, description="whether the columns of text, or of a sheet, have names above them")
    dates: Literal["day_first", "month_first"] | None = Field(None, description="order of dates such as 03/04/2024")
    sheet: str | None = Field(None, min_length=1, description="sheet of a workbook; the first, unless given")

    @property
    def given(self) -> "Given":
        """What the user says of the file's form."""
        # Who only asks for help waits for no reader of files.
        from training.data.tables import Given

        return Given(
            separator=self.separator and _WORDS.get(self.separator, self.separator),
            decimal=self.decimal,
            thousands=self.thousands and _WORDS.get(self.thousands, self.thousands),
            encoding=self.encoding,
            comment=self.comment,
            skip_lines=self.skip_lines,
            header=self.header,
            dates=self.dates,
            sheet=self.sheet,
        )

    @property
    def form_given(self) -> list[str]:
        """The names of those parameters that are given."""
        return [name for name in DataForm.model_fields if getattr(self, name) is not None]
