import orjson
import pytest
from pydantic import ValidationError

from serving.api.umbridge.schemas import ApplyHessian, Evaluate, Gradient
from serving.api.validation import validated

ASKED = {"name": "f", "input": [[0, 1.5]], "sens": [1], "vec": [1, 0]}


def test_a_request_as_clients_send_it() -> None:
    indices = {"outWrt": 0, "inWrt1": 0.0, "inWrt2": 0}
    found = validated(ApplyHessian, orjson.dumps(ASKED | indices | {"config": {}}))
    assert (found.name, found.input, found.sens, found.vec) == ("f", [[0.0, 1.5]], [1.0], [1.0, 0.0])
    assert (found.config.version, found.config.alias, found.config.extrapolate) == (None, None, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"input": None},
        {"input": [["1", 2]]},
        {"input": [[True]]},
        {"sens": [1, None]},
        {"outWrt": 1},
        {"outWrt": -1},
        {"config": {"version": 1, "alias": "a"}},
        {"config": {"level": 1}},
        {"name": 3},
    ],
)
def test_what_is_none(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        validated(Gradient, orjson.dumps(ASKED | changes))


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"1e400"])
def test_numbers_are_finite(number: bytes) -> None:
    with pytest.raises(ValidationError, match="finite"):
        validated(Evaluate, b'{"name": "f", "input": [[%s]]}' % number)
