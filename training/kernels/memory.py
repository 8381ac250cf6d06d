"""The memory of a perceptron in training, laid out before (training.engine.layout) and handed to compiled code.

A plan describes it, with a row for each layer:

- `inputs` and `outputs` of the layer, and `row`, the memory of a row of outputs (training.kernels.products);
- where the layer's weights (inputs, row) and biases (row,) begin in the parameters;
- where its sums z, the activations a of them, and the gradient d with respect to the sums begin in the work memory,
  each (batch, row); they may share memory where the one is not needed after the other: a with z where the activation's
  derivative follows from a, and d with both where its sum is gated in one part (training.kernels.products);
- where its factors begin in the mask of a batch, which drops units; without dropout a mask is empty;
- how many rows of weights a block has, which takes its step at a time.

A last layer with one output, behind another layer, has rows of one number: a padded row would be mostly padding. Its
weights are padded to whole vectors instead.
"""

from typing import Any, NamedTuple

import numpy as np

COLUMNS = ("inputs", "outputs", "row", "weights", "biases", "z", "a", "d", "mask", "block")
INPUTS, OUTPUTS, ROW, WEIGHTS, BIASES, Z, A, D, MASK, BLOCK = range(len(COLUMNS))
# Numba compiles a function anew for each of Python's integers that it is called with by name, and not for NumPy's: a
# product, which takes a second or two, would be compiled six times.
ZERO, ONE = np.int64(0), np.int64(1)


class Memory(NamedTuple):
    """The plan, what a step writes to, and the constants it reads; all but the plan flat.

    `gradient` has room for a block of weights and the biases, x and y for a batch, `transposed` for the largest layer,
    `zeros` and `start` for the longest row; `one` is a one.
    """

    plan: Any
    gradient: Any
    work: Any
    x: Any
    y: Any
    transposed: Any
    zeros: Any
    start: Any
    one: Any


class Inputs(NamedTuple):
    """A batch of inputs: rows of the dense ones from `at` on, or where there are sparse ones, of these.

    Sparse rows are taken in order, from its number `first` on, or as they lie if it is empty; by columns they are the
    grouped ones with the number `batch`.
    """

    dense: Any
    at: int
    sparse: Any
    order: Any
    first: int
    grouped: Any
    batch: Any
