from collections.abc import Callable

import pytest
from fastapi import Request

from serving.api import dependencies
from serving.app import create_app
from serving.settings import Settings


@pytest.mark.parametrize(
    ("part_of", "name"),
    [
        (dependencies.catalog_of, "catalog"),
        (dependencies.settings_of, "settings"),
        (dependencies.work_queue_of, "work_queue"),
    ],
)
def test_a_request_finds_the_parts_of_its_own_application(
    store: str, part_of: Callable[[Request], object], name: str
) -> None:
    apps = [create_app(Settings(port=port)) for port in (1, 2)]
    found = [part_of(Request({"type": "http", "app": app})) for app in apps]
    assert found == [getattr(app.state, name) for app in apps]
    assert found[0] is not found[1]
