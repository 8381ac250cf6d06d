"""Whether MLflow's UI answers, so that nobody is sent to where nothing is."""

import time
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

# A person waits for no more than that; what was found is true for a while.
_SECONDS = 1.0
_REMEMBERED = 5.0


class TrackingUI:
    """MLflow's UI at an address."""

    def __init__(self, url: str):
        self._url = url
        self._asked, self._answers = -_REMEMBERED, False

    def answers(self) -> bool:
        """Whether it does; takes up to a second."""
        if time.monotonic() - self._asked > _REMEMBERED:
            self._answers = self._is_healthy()
            self._asked = time.monotonic()
        return self._answers

    def _is_healthy(self) -> bool:
        """Whether there is an MLflow: on its usual port other programs answer too."""
        try:
            url = urlsplit(self._url)
            connect = HTTPSConnection if url.scheme == "https" else HTTPConnection
            connection = connect(url.netloc.rpartition("@")[2], timeout=_SECONDS)
            try:
                connection.request("GET", f"{url.path.rstrip('/')}/health")
                answer = connection.getresponse()
                return answer.status == 200 and answer.read(16).strip() == b"OK"
            finally:
                connection.close()
        except (OSError, HTTPException, ValueError):
            return False
