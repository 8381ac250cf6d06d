"""The vocabulary of vector code that a compiler does not find by itself, as LLVM's intermediate representation."""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from training.kernels.compilation import FEATURES

# A vector is what a register holds: 64 bytes where there is AVX-512, else 32 (on processors with smaller ones, a few).
# It follows from what is compiled for, as the code does, and not from the processor at hand.
VECTOR_BYTES = 64 if "+avx512f" in FEATURES.split(",") else 32
INDEX = ir.IntType(64)
_bits32 = ir.IntType(32)


def index(value: int) -> Any:
    """A constant index."""
    return ir.Constant(INDEX, value)


class Memory:
    """Reads and writes vectors and scalars from a place on."""

    def __init__(self, builder: Any, start: Any, size: int):
        self._builder, self.start, self.size = builder, start, size
        self.lanes = VECTOR_BYTES // size
        self.vector = ir.VectorType(start.type.pointee, self.lanes)

    def scalar(self, at: Any) -> Any:
        """The number there."""
        return self._builder.load(self._builder.gep(self.start, [at]))

    def load(self, at: Any) -> Any:
        """The vector that begins there."""
        return self._builder.load(self._vector_at(at), align=self.size)

    def store(self, at: Any, value: Any) -> None:
        """A vector that is to begin there."""
        self._builder.store(value, self._vector_at(at), align=self.size)

    def _vector_at(self, at: Any) -> Any:
        return self._builder.bitcast(self._builder.gep(self.start, [at]), self.vector.as_pointer())


def place(context: Any, builder: Any, kind: Any, array: Any, offset: Any) -> Any:
    """Where this offset is in an array argument."""
    return builder.gep(context.make_array(kind)(context, builder, array).data, [offset])


def memory(context: Any, builder: Any, kind: Any, array: Any, offset: Any) -> Memory:
    """The memory of an array argument from an offset on."""
    return Memory(builder, place(context, builder, kind, array, offset), kind.dtype.bitwidth // 8)


def call(builder: Any, name: str, arguments: list[Any], body: Callable[..., None]) -> None:
    """Call a function of its own with this body: inside another one, its loops would run out of registers.

    For their sake its loops are not unrolled either, which is what to optimise for size comes to.
    """
    kinds = [argument.type for argument in arguments]
    function = builder.module.globals.get(name)
    if function is None:
        function = ir.Function(builder.module, ir.FunctionType(ir.VoidType(), kinds), name)
        function.linkage = "internal"
        for attribute in ("noinline", "optsize", "nounwind"):
            function.attributes.add(attribute)
        inside = ir.IRBuilder(function.append_basic_block("entry"))
        body(inside, *function.args)
        inside.ret_void()
    builder.call(function, arguments)


def choose(builder: Any, value: Any, cases: dict[int, tuple[int, ...]], emit: Callable[..., None]) -> None:
    """Code that runs what is emitted for one of the cases."""
    done = builder.append_basic_block("done")
    switch = builder.switch(value, done)
    for case, arguments in cases.items():
        block = builder.append_basic_block(f"case_{case}")
        switch.add_case(index(case), block)
        builder.position_at_end(block)
        emit(*arguments)
        builder.branch(done)
    builder.position_at_end(done)


def multiply_add(builder: Any, x: Any, y: Any, total: Any) -> Any:
    """total + x y, in one operation."""
    return builder.fadd(builder.fmul(x, y, flags=["contract"]), total, flags=["contract"])


def spread(builder: Any, scalar: Any, vector: Any) -> Any:
    """A vector of this number."""
    empty = ir.Constant(vector, ir.Undefined)
    first = builder.insert_element(empty, scalar, ir.Constant(_bits32, 0))
    everywhere = ir.Constant(ir.VectorType(_bits32, vector.count), [0] * vector.count)
    return builder.shuffle_vector(first, empty, everywhere)


def transposed(builder: Any, rows: list[Any]) -> list[Any]:
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
