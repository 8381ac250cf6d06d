from tests.support.service import Service


def test_live_and_ready(service: Service) -> None:
    assert service.client.get("/health/live").json() == {"status": "live"}
    assert service.client.get("/health/ready").json() == {"status": "ready"}
