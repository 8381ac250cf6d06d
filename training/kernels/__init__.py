"""The arithmetic of a training step, compiled by Numba. Whoever has no use for it imports nothing of it."""
