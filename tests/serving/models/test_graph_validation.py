"""Graphs that would harm, each refused before ONNX Runtime sees it."""

from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

from serving.errors import RefusedModel
from serving.models import checker
from serving.models.graph_validation import Tensor, require_harmless
from serving.models.graphs import CHUNK, loading
from tests.support.harmful_graphs import HARMFUL, graph, node, weight

NUMBER = Tensor(TensorProto.DOUBLE)


def look(model: onnx.ModelProto) -> None:
    with loading():
        require_harmless(model, {"x": NUMBER}, {"d0": NUMBER}, CHUNK)


@pytest.mark.parametrize(("model", "reason"), HARMFUL.values(), ids=HARMFUL)
def test_what_would_harm_is_refused(model: onnx.ModelProto, reason: str) -> None:
    with pytest.raises(RefusedModel, match=reason):
        look(model)


def test_arithmetic_is_taken() -> None:
    look(graph([node("Sin", ["x"], ["s"]), node("Mul", ["s", "w"], ["d0"])], [weight("w", 1)]))


def test_an_input_of_another_shape_is_refused() -> None:
    shapes: list[list[str | int | None]] = [["n", 2], [3], []]
    for shape in shapes:
        model = graph([node("Sin", ["x"], ["d0"])])
        model.graph.input[0].CopyFrom(helper.make_tensor_value_info("x", TensorProto.DOUBLE, shape))
        with pytest.raises(RefusedModel, match=r"its input is not DOUBLE of shape \['n'\]"):
            look(model)


def test_a_check_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checker, "_MOST_SECONDS", 0.01)
    with pytest.raises(RefusedModel, match=r"it is not checked within 0\.01 s"):
        checker.check(tmp_path)


def test_a_check_whose_process_ends_is_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checker, "_MARK", "never said: ")
    with pytest.raises(RefusedModel, match="checking it ends with status 0"):
        checker.check(tmp_path)
