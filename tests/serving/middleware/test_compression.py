import asyncio

import httpx
import pytest
from starlette.responses import PlainTextResponse

from serving.middleware.compression import Compression


@pytest.mark.parametrize(("accepted", "encoding"), [("gzip, br", "gzip"), ("br", None), ("identity", None)])
def test_gzip_for_who_accepts_it(accepted: str, encoding: str | None) -> None:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(Compression(PlainTextResponse("1," * 10_000)))
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.get("/", headers={"accept-encoding": accepted})

    answer = asyncio.run(ask())
    assert (answer.text, answer.headers.get("content-encoding")) == ("1," * 10_000, encoding)
    assert (int(answer.headers["content-length"]) < 1_000) == (encoding == "gzip")
