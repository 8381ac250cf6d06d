import pytest

from tests.support.service import Service


@pytest.mark.parametrize("path", ["/", "/catalog", "/docs", "/redoc"])
def test_pages_and_all_that_they_take_come_from_here(service: Service, path: str) -> None:
    answer = service.client.get(path)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "https://" not in answer.text
    for file in ("main.js", "style.css", "plotly/plotly.min.js", "fastapi_offline/swagger-ui-bundle.js"):
        assert service.client.get(f"/static/{file}").status_code == 200


def test_whether_mlflow_answers(service: Service) -> None:
    assert service.client.get("/mlflow").json() in ({"answers": True}, {"answers": False})


@pytest.mark.parametrize("path", ["/static/../settings.py", "/static/%2e%2e/settings.py", "/static//etc/passwd"])
def test_nothing_else_is_a_file(service: Service, path: str) -> None:
    assert service.client.get(path).status_code == 404
