"""For Prometheus."""

from fastapi import APIRouter, Response

from serving import metrics
from serving.documentation import PROBLEMS

router = APIRouter(tags=["metrics"], responses={401: PROBLEMS[401]})


@router.get(
    "/metrics", summary="Read the metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}}
)
def exposition() -> Response:
    """Requests, latencies, points, versions and staleness, in Prometheus' text format."""
    return Response(metrics.exposition(), media_type=metrics.CONTENT_TYPE)
