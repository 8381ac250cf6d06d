"""Points that are evaluated at a time."""

from collections.abc import Iterator

# At most and at least, and these times the units of the widest layer: what is computed of them then stays in the
# processor's cache, and networks of many thousand units need no memory to speak of.
_MOST, _LEAST, _OF_ALL_UNITS = 512, 64, 2**16


def chunks(points: int, units: int) -> Iterator[slice]:
    """Cut so many points for a network whose widest layer has so many units."""
    size = min(_MOST, max(_LEAST, _OF_ALL_UNITS // units))
    return (slice(start, start + size) for start in range(0, points, size))
