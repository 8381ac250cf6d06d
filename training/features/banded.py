"""The part of a banded matrix' inverse that local features need."""

import numpy as np
from scipy.linalg import solve_triangular

from training.arrays import Array


def inverse_near_diagonal(factor: Array) -> list[Array]:
    """Diagonal blocks of (L Lᵀ)⁻¹, for the bands (w, n) of a lower triangular L.

    They overlap: each begins in the middle of the one before, and any w neighbouring columns lie in one. Found from the
    last to the first (Takahashi's equations, in blocks: Rue and Martino, J. Statist. Plan. Inference 137, 2007).
    """
    size, columns = len(factor), factor.shape[1]
    starts = list(range(0, columns, size))
    if len(starts) < 3:
        inverse = solve_triangular(_dense(factor, 0, columns, 0, columns), np.eye(columns), lower=True)
        return [inverse.T @ inverse]
    blocks: list[Array] = []
    after: Array | None = None
    for start in reversed(starts):
        end = min(start + size, columns)
        inverse = solve_triangular(_dense(factor, start, end, start, end), np.eye(end - start), lower=True)
        diagonal = inverse.T @ inverse
        if after is not None:
            below = _dense(factor, end, end + len(after), start, end) @ inverse
            beside = -after @ below
            diagonal = diagonal - below.T @ beside
            blocks.append(np.block([[diagonal, beside.T], [beside, after]]))
        after = diagonal
    return blocks[::-1]


def _dense(factor: Array, top: int, bottom: int, left: int, right: int) -> Array:
    """A part of the matrix whose bands are given."""
    rows, columns = np.arange(top, bottom)[:, None], np.arange(left, right)
    band = rows - columns
    inside = (band >= 0) & (band < len(factor))
    return np.where(inside, factor[np.clip(band, 0, len(factor) - 1), np.broadcast_to(columns, band.shape)], 0.0)
