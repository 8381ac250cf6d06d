"""HEAD and OPTIONS, which no route declares."""

import pytest

from tests.support.attacks import connect, head
from tests.support.service import Service

EVALUATE = "/functions/gaussian/evaluate"


@pytest.mark.parametrize(
    "path", ["/", "/docs", "/models", f"{EVALUATE}?x=1", "/health/live", "/metrics", "/static/main.js"]
)
def test_head_is_get_without_the_body(service: Service, path: str) -> None:
    got, headed = service.client.get(path), service.client.head(path)
    assert (headed.status_code, headed.content) == (200, b"")
    assert headed.headers["content-type"] == got.headers["content-type"]
    assert service.client.head("/nowhere").status_code == 404
    assert service.client.head("/v2/models/gaussian/infer").status_code == 405


def test_head_of_an_answer_in_pieces_ends_with_its_head(service: Service) -> None:
    with connect(service) as connection:
        path = f"{EVALUATE}?linspace=0,1,20000"
        connection.sendall(head("HEAD", path) + head("GET", "/health/live", "Connection: close"))
        received = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert received.count(b"HTTP/1.1 200 OK") == 2
    assert received.count(b"\r\n\r\n") == 2
    assert received.endswith(b'{"status":"live"}')


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        (EVALUATE, "GET, HEAD, OPTIONS, POST"),
        ("/models", "GET, HEAD, OPTIONS"),
        ("/v2/models/gaussian/infer", "OPTIONS, POST"),
        ("/static/main.js", "GET, HEAD, OPTIONS"),
    ],
)
def test_options_tells_the_methods(service: Service, path: str, methods: str) -> None:
    answer = service.client.options(path)
    assert (answer.status_code, answer.content, answer.headers["allow"]) == (204, b"", methods)
    assert service.client.options("/nowhere").status_code in (404, 405)
