"""Numbers as people write them: decimal commas, thousands separators, Fortran's exponents, signs beyond ASCII."""

import re
from dataclasses import dataclass, field

import numpy as np
import pyarrow
import pyarrow.compute as pc

from training.arrays import Array
from training.errors import InvalidParameter

# What stands for no value, in lower case.
MISSING = frozenset(
    (
        *(
            "",
            "-",
            "--",
            "---",
            "\u2013",
            "\u2014",
            ".",
            "..",
            "?",
            "*",
            "na",
            "n/a",
            "n.a.",
            "n.a",
            "nd",
            "n.d.",
            "<na>",
        ),
        *("nan", "-nan", "+nan", "nan(ind)", "-nan(ind)", "1.#qnan", "1.#ind", "-1.#ind", "null", "none", "nil"),
        *("missing", "#n/a", "#na", "#div/0!", "#value!", "#num!", "#ref!", "#null!", "#name?"),
    )
)
INFINITE = frozenset(sign + name for sign in ("", "+", "-") for name in ("inf", "infinity", "1.#inf", "\u221e"))
# Of one kind each: what groups thousands as a blank does, and as an apostrophe does.
_BLANKS, _APOSTROPHES = "\u00a0\u2009\u202f", "\u2019"
THOUSANDS = (",", ".", " ", "'")

_SIGN, _EXPONENT = r"[+\-\u2212\u2013]?", r"(?:[eEdDqQ][+\-\u2212\u2013]?[0-9]+|[+\-][0-9]{3})?"
_GROUPS = rf"[0-9]{{1,3}}(?:([,.'{_APOSTROPHES} {_BLANKS}])[0-9]{{3}})(?:\1[0-9]{{3}})*"
_NUMBER = re.compile(rf"{_SIGN}(?:[0-9]+(?:[.,][0-9]*)?|\.[0-9]+|{_GROUPS}(?:[.,][0-9]+)?){_EXPONENT}")
# The same without the one mark for all groups, as PyArrow's expressions have no references back.
NUMBER = (
    r"^[+\-\x{2212}\x{2013}]?([0-9]*[.,]?[0-9]+[.,]?|[0-9]{1,3}([,.'\x{2019} \x{a0}\x{2009}\x{202f}][0-9]{3})+"
    r"([.,][0-9]+)?)([edq][+\-]?[0-9]+)?$"
)
_PLAIN = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_FORTRAN = r"([0-9.])[dDqQ]([+-]?[0-9])"
# Cells with a mark other than a sign, and those that have two readings.
_MARKED, _EITHER = rf"[,.'{_APOSTROPHES} {_BLANKS}]", r"^\s*[+\-\x{2212}\x{2013}]?[1-9][0-9]{0,2}[,.][0-9]{3}\s*$"
_ENOUGH = 2_000
_NO_LETTER = r"^([+-]?[0-9]*\.[0-9]*)([+-][0-9]{3})$"
# A part of the numbers that is written otherwise than all others is a fault of theirs, not another reading.
_FEW = 0.1


@dataclass(frozen=True)
class Notation:
    """How numbers are written."""

    decimal: str = "."
    thousands: str | None = None


def is_number(cell: str) -> bool:
    """Whether it is a number in some notation."""
    return bool(_NUMBER.fullmatch(cell))


def is_missing(cell: str) -> bool:
    """Whether it stands for no value."""
    return cell.strip().lower() in MISSING


def to_float(cells: pyarrow.Array, notation: Notation) -> Array:
    """The numbers that the cells say, NaN for what says none; each correctly rounded."""
    cells = pc.utf8_trim_whitespace(cells)
    pointed = cells if notation.decimal == "." else pc.replace_substring(_without_points(cells), notation.decimal, ".")
    numbers = _cast(pointed)
    odd = np.isnan(numbers)
    if odd.any():
        numbers[odd] = _cast(_plain(cells.filter(pyarrow.array(odd)), notation))
    return numbers


def _cast(cells: pyarrow.Array) -> Array:
    """The numbers in Python's notation, NaN for all others."""
    plain = pc.match_substring_regex(cells, _PLAIN)
    if not pc.all(plain).as_py():
        cells = pc.if_else(plain, cells, None)
    return np.array(cells.cast(pyarrow.float64()).to_numpy(zero_copy_only=False))


def _without_points(cells: pyarrow.Array) -> pyarrow.Array:
    """The cells, empty where they have a point, which is then no decimal mark."""
    return pc.if_else(pc.match_substring(cells, "."), "", cells)


def _plain(cells: pyarrow.Array, notation: Notation) -> pyarrow.Array:
    """The cells in Python's notation, where they are numbers in this one; what is none stays none."""
    cells = pc.replace_substring_regex(cells, "[\u2212\u2013]", "-")
    if notation.thousands is not None:
        cells = _ungrouped(cells, notation)
    if notation.decimal != ".":
        cells = pc.replace_substring(_without_points(cells), notation.decimal, ".")
    cells = pc.replace_substring_regex(cells, _FORTRAN, r"\1e\2")
    return pc.replace_substring_regex(cells, _NO_LETTER, r"\1e\2")


def _ungrouped(cells: pyarrow.Array, notation: Notation) -> pyarrow.Array:
    cells = pc.replace_substring_regex(cells, f"[{_BLANKS}]", " ")
    cells = pc.replace_substring(cells, _APOSTROPHES, "'")
    mark, point = re.escape(notation.thousands or ""), re.escape(notation.decimal)
    grouped = pc.match_substring_regex(
        cells, rf"^[+-]?[0-9]{{1,3}}({mark}[0-9]{{3}})+({point}[0-9]*)?([eEdDqQ][+-]?[0-9]+)?$"
    )
    return pc.if_else(grouped, pc.replace_substring(cells, notation.thousands, ""), cells)


@dataclass
class Evidence:
    """What the numbers of a file tell of their notation; each of the examples is the first of its kind.

    1,234 and 1.234 can be either: an integer in groups, or a number with three decimals.
    """

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys([".", ",", "?,", "?."], 0))
    examples: dict[str, str] = field(default_factory=dict)
    thousands: dict[str, int] = field(default_factory=dict)

    def add(self, cells: pyarrow.Array) -> None:
        """Take cells into account: the first that have marks, and those that would decide."""
        marked = cells.filter(pc.match_substring_regex(cells, _MARKED))
        self._add(marked.slice(0, _ENOUGH))
        if self.ambiguous and len(marked) > _ENOUGH:
            open_ = pc.match_substring_regex(marked, _EITHER)
            self._add(marked.filter(pc.invert(open_)).slice(0, _ENOUGH))

    def _add(self, cells: pyarrow.Array) -> None:
        for cell in cells.to_pylist():
            for kind in self._kinds(cell.strip()):
                self.counts[kind] += 1
                self.examples.setdefault(kind, cell.strip())

    def _kinds(self, cell: str) -> list[str]:
        """What the cell is evidence for: a decimal mark, or one of two readings."""
        bare = cell.lstrip("+-\u2212\u2013")
        if not is_number(cell):
            return []
        mantissa = re.split("[eEdDqQ]", bare)[0]
        exact = mantissa != bare
        for mark in mantissa:
            if mark in f"'{_APOSTROPHES} {_BLANKS}":
                kind = " " if mark in f" {_BLANKS}" else "'"
                self.thousands[kind] = self.thousands.get(kind, 0) + 1
                exact = True
        mantissa = re.sub(f"['{_APOSTROPHES} {_BLANKS}]", "", mantissa)
        return self._of_marks(mantissa, exact)

    def _of_marks(self, mantissa: str, exact: bool) -> list[str]:
        marks = [mark for mark in mantissa if mark in ".,"]
        if not marks:
            return []
        last, other = marks[-1], {".": ",", ",": "."}[marks[-1]]
        if len(set(marks)) == 2 or len(marks) > 1:
            thousands, decimal = (other, last) if len(set(marks)) == 2 else (last, other)
            self.thousands[thousands] = self.thousands.get(thousands, 0) + 1
            return [decimal]
        ambiguous = not exact and re.fullmatch(r"[1-9][0-9]{0,2}[.,][0-9]{3}", mantissa)
        return [f"?{last}" if ambiguous else last]

    @property
    def ambiguous(self) -> bool:
        """Whether all that tells of the decimal mark is numbers such as 1,234."""
        return not self.counts["."] and not self.counts[","] and self.counts["?,"] > 0

    @property
    def grouped(self) -> bool:
        """Whether there are numbers with groups of thousands."""
        told = (self.counts["."] and self.counts["?,"]) or (self.counts[","] and self.counts["?."])
        return bool(self.thousands or told)

    def notation(self, decimal: str | None, thousands: str | None) -> Notation:
        """How the numbers are written, as far as that is not given.

        Raises:
            InvalidParameter: they can be read in two ways.
        """
        found = decimal or self._decimal(thousands)
        if thousands == found:
            raise InvalidParameter(f"thousands: {thousands!r} is the decimal mark as well")
        return Notation(found, thousands or self._thousands(found))

    def _decimal(self, thousands: str | None) -> str:
        if thousands in (".", ","):
            return "," if thousands == "." else "."
        if self.ambiguous:
            raise InvalidParameter(self._question())
        points, commas = self.counts["."], self.counts[","]
        if min(points, commas) > _FEW * (points + commas):
            raise InvalidParameter(
                f"decimal: numbers with decimal points ({self.examples['.']}) and with decimal commas "
                f"({self.examples[',']}) are mixed; decimal=. or decimal=, reads one kind"
            )
        return "," if commas > points else "."

    def _question(self) -> str:
        text = self.examples["?,"]
        grouped, fraction = text.replace(",", ""), text.replace(",", ".")
        return (
            f"decimal: {text} can be {fraction} or {grouped}, and no other number tells which; "
            "decimal=, reads the comma as the decimal mark, thousands=, as a separator of thousands"
        )

    def _thousands(self, decimal: str) -> str | None:
        other = "," if decimal == "." else "."
        blanks = {mark: count for mark, count in self.thousands.items() if mark in (" ", "'")}
        if blanks:
            return max(blanks, key=lambda mark: blanks[mark])
        told = self.counts[decimal] or self.thousands.get(other) or self.counts[f"?{other}"]
        return other if told else None
