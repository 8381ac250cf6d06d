"""Whether MLflow's UI answers; tests/training/test_ui.py asks a real one."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from serving.registry.tracking_ui import TrackingUI
from tests.support.processes import free_port


@contextmanager
def answering(status: int, content: bytes) -> Iterator[str]:
    """Another program where MLflow's UI is to be."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(("status", "content"), [(403, b""), (200, b"<!doctype html>"), (500, b"OK")])
def test_another_program_is_not_mlflow(status: int, content: bytes) -> None:
    with answering(status, content) as url:
        assert not TrackingUI(url).answers()


def test_it_is_remembered_for_a_while() -> None:
    with answering(200, b"OK") as url:
        ui = TrackingUI(f"{url}/")
        assert ui.answers()
    assert ui.answers()


@pytest.mark.parametrize("url", ["http://127.0.0.1:PORT", "http://nowhere.invalid:5000", "http://[", "", "x:y"])
def test_where_nothing_is_nothing_answers(url: str) -> None:
    assert not TrackingUI(url.replace("PORT", str(free_port()))).answers()
