"""Vector code that a compiler does not find by itself: tiles of a matrix product, and of a transposed matrix.

A tile of the product is a few rows by a few vectors of columns. It stays in registers for the whole sum, and each
vector that is loaded serves all its rows (Goto and van de Geijn, Anatomy of high-performance matrix multiplication, ACM
TOMS 34, 2008). Matrices here fit the cache, so nothing is packed.
"""

from typing import Any

import llvmlite.binding
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

# A vector is what a register holds: 64 bytes where there is AVX-512, else 32 (on processors with smaller ones, a few).
VECTOR_BYTES = 64 if llvmlite.binding.get_host_cpu_features().get("avx512f") else 32
# The most rows of a tile by its vectors: twelve sums hide the latency of adding, and leave registers for a row of
# vectors and a factor.
_ROWS = {1: 6, 2: 6, 3: 4, 4: 3}
# What becomes of a tile's sums before they are stored: nothing; max(0, sum); the sum where a gate is positive, else 0.
PLAIN, RELU, GATED = range(3)

_index = ir.IntType(64)
_bits32 = ir.IntType(32)


def _constant(value: int) -> Any:
    return ir.Constant(_index, value)


class _Memory:
    """Reads and writes vectors and scalars of an array argument from an offset on."""

    def __init__(self, context: Any, builder: Any, kind: Any, array: Any, offset: Any):
        self._builder = builder
        self._size = kind.dtype.bitwidth // 8
        self.lanes = VECTOR_BYTES // self._size
        self.vector = ir.VectorType(context.get_data_type(kind.dtype), self.lanes)
        self._start = builder.gep(context.make_array(kind)(context, builder, array).data, [offset])

    def scalar(self, index: Any) -> Any:
        return self._builder.load(self._builder.gep(self._start, [index]))

    def load(self, index: Any) -> Any:
        return self._builder.load(self._vector_at(index), align=self._size)

    def store(self, index: Any, value: Any) -> None:
        self._builder.store(value, self._vector_at(index), align=self._size)

    def _vector_at(self, index: Any) -> Any:
        return self._builder.bitcast(self._builder.gep(self._start, [index]), self.vector.as_pointer())


@intrinsic
def product_tile(
    typing: Any, rows: Any, vectors: Any, depth: Any,
    x: Any, x_at: Any, x_row: Any, x_column: Any, y: Any, y_at: Any, y_row: Any,
    start: Any, start_at: Any, start_row: Any, out: Any, out_at: Any, out_row: Any, ending: Any, gate_at: Any,
) -> Any:  # fmt: skip
    """A tile of start + x y: up to 6 rows by 1 or 2 vectors of columns, 4 rows by 3, or 3 rows by 4.

    out[i, j] = start[i, j] + Σ_k x[i, k] y[k, j]. Arrays are flat; `_at` is where the tile's part of an array begins,
    `_row` how far apart its rows lie. Only x may have columns apart from each other too: it may be a transposed matrix.
    The gate is a part of the array `out`, and lies as the tile does.
    """
    n = types.intp
    signature = types.void(n, n, n, x, n, n, n, y, n, n, start, n, n, out, n, n, n, n)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        rows, vectors, depth, x, x_at, x_row, x_column, y, y_at, y_row, *rest = arguments
        start, start_at, start_row, out, out_at, out_row, ending, gate_at = rest
        kinds = signature.args

        def memory(position: int, array: Any, offset: Any) -> _Memory:
            return _Memory(context, builder, kinds[position], array, offset)

        tile = _Tile(
            builder, depth, memory(3, x, x_at), x_row, x_column, memory(7, y, y_at), y_row,
            memory(10, start, start_at), start_row, memory(13, out, out_at), out_row, ending, memory(13, out, gate_at),
        )  # fmt: skip
        size = builder.add(builder.mul(rows, _constant(len(_ROWS) + 1)), vectors)
        done = builder.append_basic_block("done")
        switch = builder.switch(size, done)
        for v, most in _ROWS.items():
            for r in range(1, most + 1):
                block = builder.append_basic_block(f"tile_{r}_{v}")
                switch.add_case(_constant(r * (len(_ROWS) + 1) + v), block)
                builder.position_at_end(block)
                tile.emit(r, v)
                builder.branch(done)
        builder.position_at_end(done)
        return context.get_dummy_value()

    return signature, generate


class _Tile:
    """Emits the code for one size of tile."""

    def __init__(
        self, builder: Any, depth: Any, x: _Memory, x_row: Any, x_column: Any, y: _Memory, y_row: Any,
        start: _Memory, start_row: Any, out: _Memory, out_row: Any, ending: Any, gate: _Memory,
    ):  # fmt: skip
        self._builder, self._depth = builder, depth
        self._x, self._x_row, self._x_column = x, x_row, x_column
        self._y, self._y_row = y, y_row
        self._start, self._start_row, self._out, self._out_row = start, start_row, out, out_row
        self._ending, self._gate = ending, gate

    def emit(self, rows: int, vectors: int) -> None:
        builder, lanes = self._builder, self._y.lanes
        sums = [[cgutils.alloca_once(builder, self._y.vector) for _ in range(vectors)] for _ in range(rows)]
        for i, row in enumerate(sums):
            for v, place in enumerate(row):
                at = builder.add(builder.mul(_constant(i), self._start_row), _constant(v * lanes))
                builder.store(self._start.load(at), place)
        with cgutils.for_range(builder, self._depth, intp=_index) as loop:
            self._add(loop.index, sums)
        places = [
            (place, builder.add(builder.mul(_constant(i), self._out_row), _constant(v * lanes)))
            for i, row in enumerate(sums)
            for v, place in enumerate(row)
        ]
        self._end(places)
        for place, at in places:
            self._out.store(at, builder.load(place))

    def _end(self, places: list[tuple[Any, Any]]) -> None:
        """What the ending asks for; what is not a number stays so."""
        builder, zeros = self._builder, ir.Constant(self._y.vector, [0.0] * self._y.lanes)
        with builder.if_then(builder.icmp_signed("==", self._ending, _constant(RELU))):
            for place, _ in places:
                total = builder.load(place)
                builder.store(builder.select(builder.fcmp_ordered("<", total, zeros), zeros, total), place)
        with builder.if_then(builder.icmp_signed("==", self._ending, _constant(GATED))):
            for place, at in places:
                is_open = builder.fcmp_ordered(">", self._gate.load(at), zeros)
                builder.store(builder.select(is_open, builder.load(place), zeros), place)

    def _add(self, k: Any, sums: list[list[Any]]) -> None:
        """The products of column k of x with row k of y."""
        builder = self._builder
        y_at, x_at = builder.mul(k, self._y_row), builder.mul(k, self._x_column)
        ys = [self._y.load(builder.add(y_at, _constant(v * self._y.lanes))) for v in range(len(sums[0]))]
        for i, row in enumerate(sums):
            x = _spread(
                builder, self._x.scalar(builder.add(x_at, builder.mul(_constant(i), self._x_row))), self._y.vector
            )
            for place, y in zip(row, ys, strict=True):
                product = builder.fmul(x, y, flags=["contract"])
                builder.store(builder.fadd(product, builder.load(place), flags=["contract"]), place)


def _spread(builder: Any, scalar: Any, vector: Any) -> Any:
    """A vector of this number."""
    empty = ir.Constant(vector, ir.Undefined)
    first = builder.insert_element(empty, scalar, ir.Constant(_bits32, 0))
    everywhere = ir.Constant(ir.VectorType(_bits32, vector.count), [0] * vector.count)
    return builder.shuffle_vector(first, empty, everywhere)


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
        xs, ys = _Memory(context, builder, kinds[1], x, x_at), _Memory(context, builder, kinds[4], y, y_at)
        nothing = ir.Constant(ys.vector, [0.0] * ys.lanes)
        sums = [cgutils.alloca_once_value(builder, nothing) for _ in range(ys.lanes)]
        with cgutils.for_range(builder, depth, intp=_index) as loop:
            at = builder.mul(loop.index, _constant(ys.lanes))
            factor = ys.load(at)
            for i, place in enumerate(sums):
                row = xs.load(builder.add(at, builder.mul(_constant(i), x_row)))
                product = builder.fmul(row, factor, flags=["contract"])
                builder.store(builder.fadd(product, builder.load(place), flags=["contract"]), place)
        # Transposed, the parts of all rows' sums are vectors to add.
        total = _spread(builder, start, ys.vector)
        for part in _transposed(builder, [builder.load(place) for place in sums]):
            total = builder.fadd(total, part)
        _Memory(context, builder, kinds[7], out, out_at).store(_constant(0), total)
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def transposed_tile(typing: Any, x: Any, x_at: Any, x_row: Any, out: Any, out_at: Any, out_row: Any) -> Any:
    """A square of x, as wide as a vector, transposed: out[j, i] = x[i, j]."""
    n = types.intp
    signature = types.void(x, n, n, out, n, n)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        x, x_at, x_row, out, out_at, out_row = arguments
        source = _Memory(context, builder, signature.args[0], x, x_at)
        target = _Memory(context, builder, signature.args[3], out, out_at)
        rows = [source.load(builder.mul(_constant(i), x_row)) for i in range(source.lanes)]
        for i, row in enumerate(_transposed(builder, rows)):
            target.store(builder.mul(_constant(i), out_row), row)
        return context.get_dummy_value()

    return signature, generate


def _transposed(builder: Any, rows: list[Any]) -> list[Any]:
    """The columns of the rows: interleaving row i with row i + n/2, log₂ n times over, exchanges both indices."""
    lanes = len(rows)
    mask = ir.VectorType(_bits32, lanes)
    pairs = [lane for k in range(lanes) for lane in (k, lanes + k)]
    low, high = ir.Constant(mask, pairs[:lanes]), ir.Constant(mask, pairs[lanes:])
    for _ in range(lanes.bit_length() - 1):
        halves = zip(rows[: lanes // 2], rows[lanes // 2 :], strict=True)
        rows = [builder.shuffle_vector(a, b, half) for a, b in halves for half in (low, high)]
    return rows


@intrinsic
def power_of_two(typing: Any, shifted: Any) -> Any:
    """2ⁿ for n + 1.5 · 2^m, where m is the number of bits behind the point: n is in the last bits of that sum.

    Vectorises, which the conversion of a float64 to an integer does not on most processors.
    """
    mantissa, bits, bias = (23, 32, 127) if shifted == types.float32 else (52, 64, 1023)
    integer = ir.IntType(bits)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        exponent = builder.shl(builder.bitcast(arguments[0], integer), ir.Constant(integer, mantissa))
        one = ir.Constant(integer, bias << mantissa)
        return builder.bitcast(builder.add(exponent, one), arguments[0].type)

    return shifted(shifted), generate


@intrinsic
def apart(typing: Any) -> Any:
    """Keeps the function that calls this in one place; copied to each of its callers, it would take long to compile."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        builder.function.attributes.add("noinline")
        return context.get_dummy_value()

    return types.void(), generate
