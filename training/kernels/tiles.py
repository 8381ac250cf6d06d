"""Tiles of a matrix product, of a combination of rows, and of a transposed matrix.

A tile of the product is a few rows by a few vectors of columns. It stays in registers for the whole sum, and each
vector that is loaded serves all its rows (Goto and van de Geijn, Anatomy of high-performance matrix multiplication, ACM
TOMS 34, 2008). Matrices here fit the cache, so nothing is packed.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from training.kernels.vectors import INDEX, Memory, call, choose, index, memory, multiply_add, place, spread, transposed

# The most rows of a tile by its vectors, from none to four: twelve sums hide the latency of adding, and leave registers
# for a row of vectors and a factor.
TILE_ROWS = (0, 6, 6, 4, 3)
# The most vectors of a combination of rows.
COMBINED = 14
# What becomes of a tile's sums before they are stored: nothing; max(0, sum); the sum where a gate is positive, else 0.
PLAIN, RELU, GATED = (np.int64(ending) for ending in range(3))


@intrinsic
def product_tile(
    typing: Any, rows: Any, vectors: Any, depth: Any,
    x: Any, x_at: Any, x_row: Any, x_column: Any, y: Any, y_at: Any, y_row: Any,
    start: Any, start_at: Any, start_row: Any, out: Any, out_at: Any, out_row: Any, ending: Any, gate_at: Any,
) -> Any:  # fmt: skip
    """A tile of start + x y: so many rows by 1 to 4 vectors of columns as TILE_ROWS allows.

    out[i, j] = start[i, j] + Σ_k x[i, k] y[k, j]. Arrays are flat; `_at` is where the tile's part of an array begins,
    `_row` how far apart its rows lie. Only x may have columns apart from each other too: it may be a transposed matrix.
    The gate is a part of the array `out`, and lies as the tile does.
    """
    n = types.intp
    signature = types.void(n, n, n, x, n, n, n, y, n, n, start, n, n, out, n, n, n, n)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        rows, vectors, depth, x, x_at, x_row, x_column, y, y_at, y_row, *rest = arguments
        start, start_at, start_row, out, out_at, out_row, ending, gate_at = rest
        of = signature.args[3]
        size = of.dtype.bitwidth // 8

        def body(builder: Any, case: Any, *rest: Any) -> None:
            memories = [Memory(builder, start, size) for start in rest[:5]]
            tile = _Tile(builder, *memories, *rest[5:])
            sizes = [(r, v) for v, most in enumerate(TILE_ROWS) for r in range(1, most + 1)]
            choose(builder, case, {r * len(TILE_ROWS) + v: (r, v) for r, v in sizes}, tile.emit)

        case = builder.add(builder.mul(rows, index(len(TILE_ROWS))), vectors)
        places = [
            place(context, builder, of, array, at)
            for array, at in ((x, x_at), (y, y_at), (start, start_at), (out, out_at), (out, gate_at))
        ]
        scalars = [depth, x_row, x_column, y_row, start_row, out_row, ending]
        call(builder, f"derivable_product_{size}", [case, *places, *scalars], body)
        return context.get_dummy_value()

    return signature, generate


class _Tile:
    """Emits the code for one size of tile."""

    def __init__(
        self, builder: Any, x: Memory, y: Memory, start: Memory, out: Memory, gate: Memory,
        depth: Any, x_row: Any, x_column: Any, y_row: Any, start_row: Any, out_row: Any, ending: Any,
    ):  # fmt: skip
        self._builder, self._depth = builder, depth
        self._x, self._x_row, self._x_column = x, x_row, x_column
        self._y, self._y_row = y, y_row
        self._start, self._start_row, self._out_row = start, start_row, out_row
        self._ending = (out, ending, gate)

    def emit(self, rows: int, vectors: int) -> None:
        builder, lanes = self._builder, self._y.lanes
        sums = [[cgutils.alloca_once(builder, self._y.vector) for _ in range(vectors)] for _ in range(rows)]
        for i, row in enumerate(sums):
            for v, total in enumerate(row):
                at = builder.add(builder.mul(index(i), self._start_row), index(v * lanes))
                builder.store(self._start.load(at), total)
        with cgutils.for_range(builder, self._depth, intp=INDEX) as loop:
            self._add(loop.index, sums)
        places = [
            (total, builder.add(builder.mul(index(i), self._out_row), index(v * lanes)))
            for i, row in enumerate(sums)
            for v, total in enumerate(row)
        ]
        _end(builder, places, *self._ending)

    def _add(self, k: Any, sums: list[list[Any]]) -> None:
        """The products of column k of x with row k of y."""
        builder, rows, vectors = self._builder, range(len(sums)), range(len(sums[0]))
        y_at, x_at = builder.mul(k, self._y_row), builder.mul(k, self._x_column)

        def x(i: int) -> Any:
            return spread(
                builder, self._x.scalar(builder.add(x_at, builder.mul(index(i), self._x_row))), self._y.vector
            )

        def y(v: int) -> Any:
            return self._y.load(builder.add(y_at, index(v * self._y.lanes)))

        # The fewer of the two are kept, the others come one by one: all would not fit the registers.
        if len(rows) < len(vectors):
            kept = [x(i) for i in rows]
            for v in vectors:
                self._accumulate(kept, [y(v)] * len(rows), [row[v] for row in sums])
        else:
            kept = [y(v) for v in vectors]
            for i, row in enumerate(sums):
                self._accumulate([x(i)] * len(vectors), kept, row)

    def _accumulate(self, xs: list[Any], ys: list[Any], totals: list[Any]) -> None:
        for x, y, total in zip(xs, ys, totals, strict=True):
            self._builder.store(multiply_add(self._builder, x, y, self._builder.load(total)), total)


def _end(builder: Any, sums: list[tuple[Any, Any]], out: Memory, ending: Any, gate: Memory | None = None) -> None:
    """Store sums, each where it belongs, after what the ending asks for; what is not a number stays so."""
    zeros = ir.Constant(out.vector, [0.0] * out.lanes)
    with builder.if_then(builder.icmp_signed("==", ending, index(int(RELU)))):
        for total, _ in sums:
            value = builder.load(total)
            builder.store(builder.select(builder.fcmp_ordered("<", value, zeros), zeros, value), total)
    if gate:
        with builder.if_then(builder.icmp_signed("==", ending, index(int(GATED)))):
            for total, at in sums:
                is_open = builder.fcmp_ordered(">", gate.load(at), zeros)
                builder.store(builder.select(is_open, builder.load(total), zeros), total)
    for total, at in sums:
        out.store(at, builder.load(total))


@intrinsic
def combination_tile(
    typing: Any, vectors: Any, count: Any, chosen: Any, values: Any, at: Any, y: Any, y_at: Any, y_row: Any,
    start: Any, start_at: Any, out: Any, out_at: Any, ending: Any,
) -> Any:  # fmt: skip
    """out[j] = start[j] + Σ_n values[n] y[chosen[n], j] for up to COMBINED vectors j, with `count` terms from `at` on.

    The chosen rows are uint32. It ends PLAIN or RELU.
    """
    n = types.intp
    signature = types.void(n, n, chosen, values, n, y, n, n, start, n, out, n, n)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vectors, count, chosen, values, at, y, y_at, y_row, start, start_at, out, out_at, ending = arguments
        kinds = signature.args
        size = kinds[5].dtype.bitwidth // 8

        def body(builder: Any, vectors: Any, chosen: Any, *rest: Any) -> None:
            memories = [Memory(builder, start, size) for start in rest[:4]]
            combination = _Combination(builder, Memory(builder, chosen, 4), *memories, *rest[4:])
            choose(builder, vectors, {v: (v,) for v in range(1, COMBINED + 1)}, combination.emit)

        chosen = place(context, builder, kinds[2], chosen, at)
        places = [
            place(context, builder, kinds[5], array, at)
            for array, at in ((values, at), (y, y_at), (start, start_at), (out, out_at))
        ]
        call(builder, f"derivable_combination_{size}", [vectors, chosen, *places, count, y_row, ending], body)
        return context.get_dummy_value()

    return signature, generate


class _Combination:
    """Emits the code for one number of vectors."""

    def __init__(
        self, builder: Any, chosen: Memory, values: Memory, y: Memory, start: Memory, out: Memory,
        count: Any, y_row: Any, ending: Any,
    ):  # fmt: skip
        self._builder, self._chosen, self._values, self._y, self._start = builder, chosen, values, y, start
        self._out, self._count, self._y_row, self._ending = out, count, y_row, ending

    def emit(self, vectors: int) -> None:
        builder, lanes = self._builder, self._y.lanes
        sums = [(cgutils.alloca_once(builder, self._y.vector), index(v * lanes)) for v in range(vectors)]
        for total, at in sums:
            builder.store(self._start.load(at), total)
        with cgutils.for_range(builder, self._count, intp=INDEX) as loop:
            value = spread(builder, self._values.scalar(loop.index), self._y.vector)
            row = builder.mul(builder.zext(self._chosen.scalar(loop.index), INDEX), self._y_row)
            for total, at in sums:
                y = self._y.load(builder.add(row, at))
                builder.store(multiply_add(builder, value, y, builder.load(total)), total)
        _end(builder, sums, self._out, self._ending)


@intrinsic
def dot_tile(
    typing: Any, depth: Any, x: Any, x_at: Any, x_row: Any, y: Any, y_at: Any, start: Any, out: Any, out_at: Any
) -> Any:
    """out[i] = start + Σ_k x[i, k] y[k] for as many rows as a vector has numbers; depth is that of whole vectors."""
    n = types.intp
    signature = types.void(n, x, n, n, y, n, start, out, n)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        depth, x, x_at, x_row, y, y_at, start, out, out_at = arguments
        kinds = signature.args
        xs, ys = memory(context, builder, kinds[1], x, x_at), memory(context, builder, kinds[4], y, y_at)
        nothing = ir.Constant(ys.vector, [0.0] * ys.lanes)
        sums = [cgutils.alloca_once_value(builder, nothing) for _ in range(ys.lanes)]
        with cgutils.for_range(builder, depth, intp=INDEX) as loop:
            at = builder.mul(loop.index, index(ys.lanes))
            factor = ys.load(at)
            for i, place in enumerate(sums):
                row = xs.load(builder.add(at, builder.mul(index(i), x_row)))
                builder.store(multiply_add(builder, row, factor, builder.load(place)), place)
        # Transposed, the parts of all rows' sums are vectors to add.
        total = spread(builder, start, ys.vector)
        for part in transposed(builder, [builder.load(place) for place in sums]):
            total = builder.fadd(total, part)
        memory(context, builder, kinds[7], out, out_at).store(index(0), total)
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def transposed_tile(typing: Any, x: Any, x_at: Any, x_row: Any, out: Any, out_at: Any, out_row: Any) -> Any:
    """A square of x, as wide as a vector, transposed: out[j, i] = x[i, j]."""
    n = types.intp
    signature = types.void(x, n, n, out, n, n)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        x, x_at, x_row, out, out_at, out_row = arguments
        source = memory(context, builder, signature.args[0], x, x_at)
        target = memory(context, builder, signature.args[3], out, out_at)
        rows = [source.load(builder.mul(index(i), x_row)) for i in range(source.lanes)]
        for i, row in enumerate(transposed(builder, rows)):
            target.store(builder.mul(index(i), out_row), row)
        return context.get_dummy_value()

    return signature, generate
