import pytest

from training.errors import InvalidParameter
from training.parameters.workers import WorkersForm


class Form(WorkersForm):
    module = "training.study"


def test_each_executor_has_its_own_parameters() -> None:
    assert Form.parse(["--workers=3"]).workers == 3
    assert Form.parse(["--executor=ray", "--ray_address=a:1"]).ray_address == "a:1"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--ray_address=a:1"], "ray_address: only executor=ray has one, not 'process'"),
        (["--executor=ray", "--workers=2"], "workers: with executor=ray, each CPU of the cluster is one"),
        (["--workers=0"], "workers: .*greater than or equal to 1"),
    ],
)
def test_what_does_not_suit_it_is_refused(arguments: list[str], reason: str) -> None:
    with pytest.raises(InvalidParameter, match=reason):
        Form.parse(arguments)
