"""One fit with many values of a parameter and many seeds."""
