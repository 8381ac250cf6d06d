"""Truncated Taylor series around many points at once."""
