import re

from tests.support.service import Service

EVALUATE = "/functions/gaussian/evaluate"


def value(service: Service, sample: str) -> float:
    found = re.search(rf"^{re.escape(sample)} (\S+)$", service.client.get("/metrics").text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_requests_are_counted(service: Service) -> None:
    samples = {
        f'derivable_requests_total{{method="GET",route="/functions/{{name}}/evaluate",status="{status}"}}': count
        for status, count in ((200, 2), (422, 1))
    } | {
        'derivable_points_total{model="gaussian"}': 5,
        'derivable_request_seconds_count{route="/functions/{name}/evaluate"}': 3,
        'derivable_requests_total{method="GET",route="unmatched",status="404"}': 1,
    }
    before = {sample: value(service, sample) for sample in samples}
    for query in ("x=1", "linspace=0,1,4", "x=one"):
        service.client.get(f"{EVALUATE}?{query}")
    service.client.get("/no/such/path")
    assert {sample: value(service, sample) - before[sample] for sample in samples} == samples
    assert value(service, 'derivable_model_version{model="gaussian"}') == 1
    assert value(service, "derivable_registry_stale_seconds") == 0
