import base64
import os
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from serving.middleware.api_keys import ApiKeys
from serving.settings import Settings
from tests.support.service import serving


def test_keys_of_the_settings_and_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text("# the students'\nfirst\n\n  second  \n")
    keys = ApiKeys(["given"], file)
    assert all(keys.know(key) for key in (b"given", b"first", b"second"))
    assert not any(keys.know(key) for key in (b"", b"third", b"# the students'", b"firs"))


def test_keys_are_rotated_while_the_service_runs(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text("old\n")
    keys = ApiKeys([], file)
    (tmp_path / "new").write_text("new\n")
    (tmp_path / "new").replace(file)
    assert keys.know(b"new")
    assert not keys.know(b"old")


def test_a_file_that_is_gone_or_empty_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text("old\n")
    keys = ApiKeys([], file)
    file.write_text("")
    assert keys.know(b"old")
    file.unlink()
    assert keys.know(b"old")


def test_a_file_that_becomes_a_pipe_or_a_device_is_not_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text("old\n")
    keys = ApiKeys([], file)
    file.unlink()
    os.mkfifo(file)
    assert keys.know(b"old")
    file.unlink()
    file.symlink_to("/dev/zero")
    assert keys.know(b"old")
    with pytest.raises(ValueError, match="is no plain file of keys"):
        ApiKeys([], file)


@pytest.mark.parametrize("given", ["", ",", " , "])
@pytest.mark.parametrize("setting", ["API_KEYS", "TRUSTED_HOSTS"])
def test_what_is_set_to_nothing_does_not_open_the_service(
    setting: str, given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"DERIVABLE_{setting}", given)
    with pytest.raises(ValidationError, match="is given, and has none"):
        Settings()


def test_no_keys_are_refused(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("# none\n")
    with pytest.raises(ValueError, match="has no keys"):
        ApiKeys([], tmp_path / "keys")
    with pytest.raises(FileNotFoundError, match="nowhere"):
        ApiKeys([], tmp_path / "nowhere")
    assert not ApiKeys([], None)


def test_everything_but_health_needs_a_key(tmp_path: Path, environment: dict[str, str], project: Path) -> None:
    (tmp_path / "keys").write_text("from-the-file\n")
    own = environment | {"PYTHONPATH": str(project), "DERIVABLE_API_KEYS": "given, another"}
    with serving(tmp_path, own, f"--api_keys_file={tmp_path}/keys") as service:
        for path in ("/", "/models", "/metrics", "/docs", "/openapi.json", "/static/main.js", "/v2", "/nowhere"):
            answer = service.client.get(path)
            assert (answer.status_code, answer.json()) in [
                (401, {"detail": "an API key is needed"}),
                (401, {"error": "an API key is needed"}),
            ]
            assert "Bearer" in answer.headers["www-authenticate"]
        for path, status in {"/health/live": 200, "/health/ready": 503, "/v2/health/live": 200}.items():
            assert service.client.get(path).status_code == status
        basic = base64.b64encode(b"anyone:another").decode()
        for headers in (
            {"authorization": "Bearer given"},
            {"x-api-key": "from-the-file"},
            {"authorization": f"Basic {basic}"},
        ):
            assert service.client.get("/models", headers=headers).status_code == 200
        for headers in (
            {"authorization": "Bearer wrong"},
            {"authorization": "Basic !"},
            {"authorization": "Digest given"},
            {"x-api-key": "given, another"},
        ):
            assert service.client.get("/models", headers=headers).status_code == 401
        (tmp_path / "keys").write_text("rotated-now\n")
        assert httpx.get(f"{service.url}/models", headers={"x-api-key": "rotated-now"}).status_code == 200
        assert httpx.get(f"{service.url}/models", headers={"x-api-key": "from-the-file"}).status_code == 401
        log = service.log.read_text()
        assert "given" not in log
        assert "rotated-now" not in log
