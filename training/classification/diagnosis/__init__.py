"""Diagnoses of a classifier beside its accuracy: duplicates, where it looks, whether more pictures would help."""
