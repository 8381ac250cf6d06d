"""Measurements beside peers. Nothing here is a test: times are reported, never asserted."""
