import pytest

from training.classification.bias_variance import Diagnosis


@pytest.mark.parametrize(
    ("accuracies", "first", "remedy"),
    [((0.96906667, 0.9604), "bias", "a wider or deeper network"), ((0.99521531, 0.7), "variance", "a larger λ")],
)
def test_the_larger_of_bias_and_variance_comes_first(accuracies: tuple[float, float], first: str, remedy: str) -> None:
    found = Diagnosis.of(*accuracies)
    train, test = accuracies
    assert found.metrics == pytest.approx({"bias": 1 - train, "variance": train - test})
    assert (found.first, found.tags["work_on_first"]) == (first, first)
    assert remedy in found.tags["remedies"]
    assert f"work on the {first} first" in found.sentence


def test_where_all_is_right_there_is_nothing_to_work_on() -> None:
    found = Diagnosis.of(1.0, 1.0)
    assert found.tags == {"work_on_first": "nothing", "remedies": "none"}
    assert "work on" not in found.sentence
