"""Tables of numbers that need no parsing: Parquet, NumPy's .npy and .npz; nothing that is read can run code."""

import zipfile
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet
from numpy.typing import NDArray

from training.arrays import Array
from training.data import tables
from training.data.tables import Chunk, Columns, Given, Role, Table, refuse_too_many, refused, short, unreadable
from training.data.times import Clock
from training.errors import InvalidParameter

Fields = Mapping[str, NDArray[Any]]
# What the columns of an array are, in order.
_BY_POSITION = ("x", "y", "standard_error")


def open_parquet(path: Path, columns: Columns, given: Given) -> Table:
    """A Parquet file as a table, read by batches."""
    _refuse_given(path, given)
    file = pyarrow.parquet.ParquetFile(path)
    refuse_too_many(path, file.metadata.num_rows)
    schema = file.schema_arrow
    roles = _named(path, columns, schema.names)
    clock = None
    for parameter, name in roles:
        kind, types = schema.field(name).type, pyarrow.types
        if parameter == "x_column" and (types.is_timestamp(kind) or types.is_date(kind)):
            clock = Clock()
        elif not (types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind)):
            raise _no_numbers(path, parameter, name, str(kind))
    chunks = _of_parquet(file, [name for _, name in roles], clock)
    return _table(columns, chunks, f"a Parquet file of {len(schema.names)} columns", clock)


def _of_parquet(file: pyarrow.parquet.ParquetFile, names: Sequence[str], clock: Clock | None) -> Generator[Chunk]:
    rows = 0
    with file:
        for batch in file.iter_batches(tables.CHUNK_ROWS, columns=names):
            cells = [_of_batch(batch.column(name), clock) for name in names]
            yield Chunk(np.column_stack(cells), np.arange(rows + 1, rows + len(batch) + 1))
            rows += len(batch)


def _of_batch(cells: pyarrow.Array, clock: Clock | None) -> Array:
    if pyarrow.types.is_temporal(cells.type):
        assert clock is not None, "x alone holds times"
        zoned = pyarrow.types.is_timestamp(cells.type) and cells.type.tz is not None
        return clock.seconds(cells.to_numpy(zero_copy_only=False).astype(_unit(cells.type)), zoned)
    numbers: Array = cells.cast(pyarrow.float64(), safe=False).to_numpy(zero_copy_only=False)
    return numbers


def _unit(kind: pyarrow.DataType) -> str:
    return f"datetime64[{kind.unit}]" if pyarrow.types.is_timestamp(kind) else "datetime64[s]"


def open_npy(path: Path, columns: Columns, given: Given) -> Table:
    """An array of NumPy's; mapped into memory, so that only the header is read before the limit is checked."""
    _refuse_given(path, given)
    try:
        array = np.lib.format.open_memmap(path, mode="r")
    except Exception as error:  # its parser of the header raises anything
        raise unreadable(path, error) from error
    fields, form = _fields(path, array)
    return _of_fields(path, columns, fields, form)


def open_npz(path: Path, columns: Columns, given: Given) -> Table:
    """Several arrays of NumPy's, by name; a single one is read as a .npy file is."""
    _refuse_given(path, given)
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > tables.MAX_BYTES:
            raise refused("data", f"{path} holds {unpacked:,} bytes; at most {tables.MAX_BYTES:,} are allowed")
        with np.load(path, allow_pickle=False) as loaded:
            found = {name: loaded[name] for name in loaded.files}
    except InvalidParameter:
        raise
    except Exception as error:  # as of .npy
        raise unreadable(path, error) from error
    # What is no array is given as bytes.
    arrays = {name: array for name, array in found.items() if isinstance(array, np.ndarray)}
    if len(arrays) == 1:
        return _of_fields(path, columns, *_fields(path, next(iter(arrays.values()))))
    fields = {name: array for name, array in arrays.items() if array.ndim == 1}
    lengths = {name: len(fields[name]) for _, name in _named(path, columns, list(fields))}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{short(name)} has {length:,}" for name, length in lengths.items())
        raise refused("data", f"the arrays of {path} have different lengths: {told}")
    return _of_fields(path, columns, fields, f"NumPy arrays {', '.join(map(short, arrays))}")


def _of_fields(path: Path, columns: Columns, fields: Fields, form: str) -> Table:
    if tuple(fields) == _BY_POSITION and columns.standard_error is None:
        columns = replace(columns, standard_error="standard_error")
    roles = _named(path, columns, list(fields))
    refuse_too_many(path, len(fields[roles[0][1]]))
    clock = None
    for parameter, name in roles:
        dtype = fields[name].dtype
        if parameter == "x_column" and dtype.kind == "M" and np.datetime_data(dtype)[0] not in ("Y", "M", "generic"):
            clock = Clock()
        elif dtype.kind not in "iuf" or fields[name].ndim != 1:
            raise _no_numbers(path, parameter, name, dtype.str)
    return _table(columns, _of_arrays([fields[name] for _, name in roles], clock), form, clock)


def _of_arrays(fields: Sequence[NDArray[Any]], clock: Clock | None) -> Generator[Chunk]:
    for start in range(0, len(fields[0]), tables.CHUNK_ROWS):
        parts = [field[start : start + tables.CHUNK_ROWS] for field in fields]
        with np.errstate(over="ignore"):
            numbers = [clock.seconds(part, False) if clock and part.dtype.kind == "M" else part.astype(np.float64)
                       for part in parts]  # fmt: skip
        yield Chunk(np.column_stack(numbers), np.arange(start + 1, start + len(parts[0]) + 1))


def _fields(path: Path, array: NDArray[Any]) -> tuple[Fields, str]:
    """The array's columns by name, and its form in words.

    Without named fields they are x, y and standard_error by position, or numbered where there are more; an array that
    is wider than it is long has a row for each of them.
    """
    if array.ndim == 1 and array.dtype.names:
        return {name: array[name] for name in array.dtype.names}, f"a NumPy array of {len(array):,} records"
    form = f"a NumPy array of shape {array.shape}"
    if array.ndim == 2 and not array.dtype.names and min(array.shape) >= 2:
        if array.shape[0] in (2, 3) and array.shape[1] > 3:
            array, form = array.T, f"{form}, a row for each of x and y"
        if array.shape[1] in (2, 3):
            return dict(zip(_BY_POSITION, array.T, strict=False)), form
        if array.shape[1] <= _MOST_COLUMNS:
            return {str(number): column for number, column in enumerate(array.T, 1)}, form
    raise refused("data", f"{path} has the shape {array.shape}, not (n, 2), (n, 3) or, with named fields, (n,)")


_MOST_COLUMNS = 1_000


def _named(path: Path, columns: Columns, names: Sequence[str]) -> list[Role]:
    """The roles with the names that their columns have, where they are asked for by number."""
    chosen = tables.indices(path, columns, names, len(names))
    return [(parameter, names[index]) for (parameter, _), index in zip(columns.roles, chosen, strict=True)]


def _table(columns: Columns, chunks: Generator[Chunk], form: str, clock: Clock | None) -> Table:
    return Table(columns.roles, chunks, form, "row", None if clock is None else clock.at)


def _no_numbers(path: Path, parameter: str, name: str, kind: str) -> Exception:
    return refused(parameter, f"{short(name)} of {path} holds {short(kind)}, not numbers")


def _refuse_given(path: Path, given: Given) -> None:
    """What says how text is written is refused for what is no text: it would be ignored in silence."""
    for name, value in vars(given).items():
        if value is not None:
            raise refused(name, f"{path} is no text that it could say anything of")
