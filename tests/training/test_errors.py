import re

from training import errors


def test_the_tree_in_the_docstring_is_that_of_the_classes() -> None:
    drawn = re.findall(r"^[├└]── (\w+)", errors.__doc__ or "", re.MULTILINE)
    assert drawn == [kind.__name__ for kind in errors.Error.__subclasses__() if kind.__module__ == errors.__name__]


def test_who_stops_a_training_has_made_no_mistake() -> None:
    assert issubclass(errors.Stopped, KeyboardInterrupt)
    assert not issubclass(errors.Stopped, errors.Error)
