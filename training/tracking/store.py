"""Whether the MLflow store answers, found out within seconds: MLflow itself would try for minutes without a word."""

import logging
import os
import re
import sqlite3
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from urllib.parse import quote, unquote

from training.errors import StoreUnavailable

# Of an answer to a question that takes milliseconds, unless the user's MLFLOW_HTTP_REQUEST_TIMEOUT says otherwise: a
# server that has just begun takes some. And of the first word of it.
ANSWER_SECONDS = 20
_SECONDS_TO_FIRST_LINE = 5.0
# Where MLflow keeps runs unless told otherwise, in the folder that it is called in.
_DEFAULT = "sqlite:///mlflow.db"
# What libraries say of it, and what a user can do something about; the first that is found.
_KNOWN = (
    (r"[Cc]onnection refused", "the connection is refused: nothing listens there"),
    (r"NameResolutionError|gaierror|not known|name resolution|No address associated", "its name does not resolve"),
    (r"ConnectTimeout|ReadTimeout|[Tt]imed out", "it has not answered in time"),
    (
        r"error code (401|403)\b|UNAUTHENTICATED|PERMISSION_DENIED",
        "it refuses the credentials; MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, "
        "name who asks",
    ),
    (r"too many (\d+) error responses", r"it answers with status \1"),
    (r"RemoteDisconnected|[Cc]onnection (?:reset|aborted)|BadStatusLine", "it has broken off the connection"),
    (r"[Nn]etwork is unreachable|No route to host", "there is no way to it in the network"),
    (r"error code (\d+)", r"it answers with status \1"),
    (r"database is locked", "the database is locked by another process"),
)

log = logging.getLogger("derivable.training")


def check() -> None:
    """Ask the store once, before anything is computed.

    Raises:
        StoreUnavailable: it does not answer, or cannot be written, and why.
    """
    uri = current()
    limit = _limit()
    _within_seconds(uri, limit, _question(uri, limit))


def current() -> str:
    """The URI of the store that this process logs to, without MLflow's import where the environment names it."""
    if "mlflow" in sys.modules:
        import mlflow

        return str(mlflow.get_tracking_uri())
    return os.environ.get("MLFLOW_TRACKING_URI") or _DEFAULT


def needed_modules() -> list[str]:
    """What MLflow imports when it first uses the store: of a database more than a second's worth."""
    return [] if is_server(current()) else ["mlflow.store.tracking.sqlalchemy_store"]


def is_server(uri: str) -> bool:
    """Whether it is a server's address, which a browser can open too."""
    return uri.startswith(("http://", "https://"))


def sqlite_path(uri: str) -> str | None:
    """The file of an sqlite store."""
    return unquote(uri.removeprefix("sqlite:///").partition("?")[0]) if uri.startswith("sqlite:///") else None


def absolute(uri: str) -> str:
    """The same store from every folder."""
    path, (_, mark, query) = sqlite_path(uri), uri.partition("?")
    return f"sqlite:///{quote(str(Path(path).absolute()))}{mark}{query}" if path else uri


def shown(text: str) -> str:
    """A URI, or a text with some, without the passwords in them."""
    return re.sub(r"(://[^/\s:@]*):[^@/\s]*@", r"\1:***@", text)


def without_credentials(address: str) -> str:
    """A server's address without the name and the password in it."""
    return re.sub(r"://[^/@]*@", "://", address)


def unavailable(error: BaseException | str, uri: str | None = None, after: float | None = None) -> StoreUnavailable:
    """What is wrong with the store, in a line, with its address and for how long it was tried."""
    tried = f" (tried for {after:.0f} s)" if after else ""
    address = shown(uri or current())
    return StoreUnavailable(f"the MLflow store {address} cannot be used: {reason(error)}{tried}")


def reason(error: BaseException | str) -> str:
    """What is wrong, in a line."""
    text = str(error).strip() or type(error).__name__
    for pattern, said in _KNOWN:
        if found := re.search(pattern, text):
            return found.expand(said)
    return shown(text.splitlines()[0])[:300]


def _limit() -> int:
    text = os.environ.get("MLFLOW_HTTP_REQUEST_TIMEOUT", "")
    return int(text) if text.isdecimal() else ANSWER_SECONDS


def _within_seconds(uri: str, limit: int, asked: Callable[[], object]) -> None:
    """Call in a thread of its own: neither a name server nor a database's driver has to keep to a limit."""
    failures: list[Exception] = []

    def ask() -> None:
        try:
            asked()
        except Exception as error:  # whatever a driver raises: the store cannot be used
            failures.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(_SECONDS_TO_FIRST_LINE)
    if thread.is_alive():
        log.warning("the MLflow store %s has not answered yet; waiting for up to %d s", shown(uri), limit)
        thread.join(limit + 1 - _SECONDS_TO_FIRST_LINE)
    if thread.is_alive():
        raise unavailable("it has not answered in time", uri, limit)
    if failures:
        raise unavailable(failures[0], uri) from failures[0]


def _ask_sqlite(path: str, limit: int) -> None:
    """Whether the file can be written now; others hold it for milliseconds."""
    with closing(sqlite3.connect(path, timeout=limit)) as database:
        database.execute("BEGIN IMMEDIATE")


def _question(uri: str, limit: int) -> Callable[[], object]:
    """What is asked, with what it needs imported: that may take as long as an answer."""
    if path := sqlite_path(uri):
        return partial(_ask_sqlite, path, limit)
    if is_server(uri):
        return _question_for_server(uri, limit)
    if re.match("(postgresql|mysql|mssql)[+:]", uri):
        import sqlalchemy

        return lambda: sqlalchemy.create_engine(uri).connect().close()
    from mlflow import MlflowClient

    return lambda: MlflowClient(uri).search_experiments(max_results=1)


def _question_for_server(uri: str, limit: int) -> Callable[[], object]:
    """A request as all others are, with the user's credentials."""
    from mlflow.utils.credentials import get_default_host_creds
    from mlflow.utils.rest_utils import http_request, verify_rest_response

    endpoint = "/api/2.0/mlflow/experiments/search"

    def ask() -> None:
        credentials = get_default_host_creds(uri)  # type: ignore[no-untyped-call]
        limits = {"max_retries": 0, "timeout": limit}
        answer = http_request(credentials, endpoint, "POST", json={"max_results": 1}, **limits)  # type: ignore[no-untyped-call]
        verify_rest_response(answer, endpoint)

    return ask
