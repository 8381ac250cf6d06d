"""What runs the service in production, checked as far as it can be without a cluster and without an engine."""

import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import kubernetes_validate
import pytest
import yaml

from serving.settings import Settings
from tests.support.attacks import connect, head
from tests.support.service import Service, serving
from tests.support.watch import family

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "serving" / "deploy"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin")


def manifests() -> list[dict[str, object]]:
    return list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text()))


def test_the_manifest_is_what_kubernetes_takes() -> None:
    for manifest in manifests():
        kubernetes_validate.validate(manifest, "1.30", strict=True)


def test_the_manifest_sets_what_the_service_has() -> None:
    text = (DEPLOY / "kubernetes.yaml").read_text()
    names = re.findall(r"name: DERIVABLE_(\w+)", text)
    assert names
    assert {name.lower() for name in names} <= set(Settings.model_fields)
    (grace,) = re.findall(r"terminationGracePeriodSeconds: (\d+)", text)
    assert int(grace) > Settings().max_seconds + 1


def test_the_image_s_recipe_is_clean() -> None:
    linter = Path(sys.executable).parent / "hadolint"
    checked = subprocess.run([linter, DEPLOY / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, "")


def test_the_image_has_what_the_service_imports() -> None:
    """Import it in a process that has only what the recipe leaves in the lock."""
    (pattern,) = re.findall(r"grep -vE '(.*)' requirements.lock", (DEPLOY / "Dockerfile").read_text())
    left = [line for line in (ROOT / "requirements.lock").read_text().split() if not re.match(pattern, line)]
    assert any(line.startswith("onnxruntime==") for line in left)
    gone = {"torch", "pytorch_lightning", "torchmetrics", "lightning_utilities"}
    code = f"import sys; sys.modules |= dict.fromkeys({gone}); import serving.__main__"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.skipif(NGINX is None, reason="there is no nginx (apt-get install nginx-light)")
def test_behind_nginx(service: Service, tmp_path: Path) -> None:
    assert NGINX
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = configure(tmp_path, service.url.removeprefix("http://"), port)
    subprocess.run([NGINX, "-t", "-c", config], check=True, capture_output=True)
    with subprocess.Popen([NGINX, "-c", config]) as process:
        try:
            trusted = ssl.create_default_context(cafile=str(tmp_path / "derivable.crt"))
            with httpx.Client(base_url=f"https://localhost:{port}", verify=trusted) as client:
                answer = ask(client)
                assert len(answer.headers["x-request-id"]) == 32
                assert client.get("/metrics").status_code == 200
                large = client.post("/functions/gaussian/evaluate", content=bytes(2_300_000))
                assert large.status_code == 413
        finally:
            process.terminate()


def configure(folder: Path, upstream: str, port: int) -> Path:
    """The configuration, with a certificate, an address and files of the test."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost", "-keyout", "derivable.key", "-out", "derivable.crt"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    site = (DEPLOY / "nginx.conf").read_text()
    for own, here in {"127.0.0.1:8000": upstream, "/etc/nginx": str(folder), "443 ssl": f"{port} ssl"}.items():
        assert own in site
        site = site.replace(own, here)
    paths = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = folder / "nginx.conf"
    main = f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}"
    config.write_text(f"{main} http {{ access_log off; {paths}\n{site} }}")
    return config


def ask(client: httpx.Client) -> httpx.Response:
    deadline = time.monotonic() + 10
    while True:
        try:
            return client.get("/functions/gaussian/evaluate", params={"x": 1}).raise_for_status()
        except httpx.TransportError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_several_workers(project: Path, environment: dict[str, str], main_job: object, tmp_path: Path) -> None:
    """Two processes answer, and each counts for both."""
    own = environment | {"PYTHONPATH": str(project), "DERIVABLE_TRACKING_URI": f"sqlite:///{project}/mlflow.db"}
    with serving(tmp_path, own, "--workers=2") as service:
        deadline = time.monotonic() + 60
        while service.log.read_text().count("Application startup complete") < 2:
            assert time.monotonic() < deadline, service.log.read_text()
            time.sleep(0.1)
        for _ in range(60):
            httpx.get(f"{service.url}/functions/gaussian/evaluate?x=1").raise_for_status()
        metrics = httpx.get(f"{service.url}/metrics").text
    assert 'derivable_points_total{model="gaussian"} 60.0' in metrics
    assert 'derivable_model_version{model="gaussian"} 1.0' in metrics


def test_a_killed_worker_leaves_nothing_behind(
    project: Path, environment: dict[str, str], main_job: object, tmp_path: Path
) -> None:
    """Killed with twenty requests in progress: neither they nor its versions are told for ever."""
    own = environment | {"PYTHONPATH": str(project), "DERIVABLE_TRACKING_URI": f"sqlite:///{project}/mlflow.db"}
    with serving(tmp_path, own, "--workers=2") as service:
        connections = [connect(service) for _ in range(20)]
        for connection in connections:
            connection.sendall(head("POST", "/functions/gaussian/evaluate", "Content-Length: 100") + b"{")
        wait(lambda: in_progress(service) >= 20)
        workers = [pid for pid in family(service.process.pid)[1:] if b"spawn_main" in command(pid)]
        assert len(workers) == 2
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        wait(lambda: in_progress(service) <= 1)
        for connection in connections:
            connection.close()


def wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def in_progress(service: Service) -> float:
    try:
        text = httpx.get(f"{service.url}/metrics").text
    except httpx.TransportError:
        return 1_000  # no worker is there
    found = re.search(r"^derivable_requests_in_progress (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()
