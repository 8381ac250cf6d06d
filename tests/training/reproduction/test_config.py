import pytest

from training.errors import InvalidParameter
from training.reproduction.config import ReportConfig

REFUSED = [
    ("--quick=perhaps", "quick: Input should be a valid boolean"),
    ("--workers=0", "workers: Input should be greater than or equal to 1, not '0'"),
    ("--executor=threads", "executor: Input should be 'process' or 'ray', not 'threads'"),
    ("--ray_address=127.0.0.1:6379", "ray_address: only executor=ray has one, not 'process'"),
]


def test_the_study_is_done_whole_unless_asked_otherwise() -> None:
    assert ReportConfig.parse([]).quick is False
    assert ReportConfig.parse(["--quick=true"]).quick is True


@pytest.mark.parametrize(("argument", "message"), REFUSED)
def test_what_is_not_allowed_is_named_in_one_line(argument: str, message: str) -> None:
    with pytest.raises(InvalidParameter, match=message) as raised:
        ReportConfig.parse([argument])
    assert "\n" not in str(raised.value)
