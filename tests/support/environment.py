"""Where the project is, and what its tests are told by the environment."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
# Where it is set, training steps are compiled by the tests that need them.
LAZILY = "DERIVABLE_TESTS_COMPILE_LAZILY"
