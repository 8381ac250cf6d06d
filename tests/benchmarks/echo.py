"""A bare FastAPI route that answers what it is asked: the least that FastAPI takes for the same payload."""

from fastapi import FastAPI
from pydantic import BaseModel


class Payload(BaseModel):
    """As a client sends it."""

    x: list[float]
    orders: list[int] = [0]


class Rows(BaseModel):
    """The same of several variables."""

    x: list[list[float]]
    orders: list[int] = [0]


app = FastAPI()


@app.post("/echo")
async def echo(payload: Payload) -> Payload:
    """The same again."""
    return payload


@app.post("/echo-rows")
async def echo_rows(payload: Rows) -> Rows:
    """The same again."""
    return payload
