"""Registered models, checked, loaded and evaluated."""
