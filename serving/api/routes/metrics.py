"""The metrics that Prometheus reads."""

from fastapi import APIRouter, Response

from serving.api.openapi import ERROR_RESPONSES
from serving.observability import metrics

router = APIRouter(tags=["metrics"], responses={401: ERROR_RESPONSES[401]})


@router.get(
    "/metrics", summary="Read the metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}}
)
def exposition() -> Response:
    """Requests, latencies, points, versions and staleness, in Prometheus' text format."""
    return Response(metrics.exposition(), media_type=metrics.CONTENT_TYPE)
