import gc
import weakref

from serving.runtime import garbage


class Node:
    """An object that refers to itself."""

    def __init__(self) -> None:
        self.me = self


def test_what_is_there_is_kept_but_no_garbage() -> None:
    kept, left = Node(), weakref.ref(Node())
    try:
        garbage.keep()
        assert left() is None
        assert gc.get_freeze_count() > 0
        assert not any(each is kept for each in gc.get_objects())
    finally:
        gc.unfreeze()
