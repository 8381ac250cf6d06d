import re

from serving import errors


def test_the_tree_has_every_error_with_its_status() -> None:
    assert errors.__doc__
    told = dict(re.findall(r"── (\w+) +(\d+)", errors.__doc__))
    assert told == {kind.__name__: str(kind.status) for kind in errors.ServingError.__subclasses__()}
