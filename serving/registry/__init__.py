"""The model registry, followed: which versions are served, and in which state each is."""
