"""The registered form of the convolutional network: the same probabilities, from pixels, by ONNX Runtime too."""

import numpy as np
import onnxruntime
import pytest
import torch
from onnx import TensorProto

from training.classification.config import ClassifyConfig
from training.classification.convolutional.activity import Usual
from training.classification.convolutional.batches import planes
from training.classification.convolutional.folded import FoldedClassifier
from training.classification.convolutional.module import ConvolutionalClassifier
from training.classification.pictures import Pictures, PictureSet
from training.export.onnx_graph import graph_of, tensor


def learned(shape: tuple[int, ...]) -> tuple[ConvolutionalClassifier, Pictures]:
    """A network with norms that have seen something, and pictures."""
    pixels = np.random.default_rng(0).integers(0, 256, (7, *shape), dtype=np.uint8)
    part = Pictures(pixels, np.arange(7) % 3)
    module = ConvolutionalClassifier(
        ClassifyConfig(network="conv"), PictureSet("any", ("a", "b", "c"), part, part, "resize", ""), steps=1
    )
    torch.manual_seed(0)
    for block in module.average.blocks:
        block.norm.running_mean.normal_()
        block.norm.running_var.uniform_(0.5, 2)
        block.norm.bias.data.normal_()
    return module.eval(), part


@pytest.mark.parametrize("shape", [(28, 28), (64, 64, 3), (1, 9), (150, 130, 3)])
def test_the_graph_has_the_norms_in_its_convolutions(shape: tuple[int, ...]) -> None:
    module, part = learned(shape)
    pixels = part.pixels
    network = FoldedClassifier.of(module, part.take(np.arange(5)), part.take(np.arange(5, 7)))
    with torch.inference_mode():
        truth = torch.softmax(module(planes(pixels)), 1).numpy()
        found = [each.numpy() for each in network(torch.from_numpy(pixels))]
    np.testing.assert_allclose(found[0], truth, rtol=0, atol=1e-6)
    shapes = [each.shape[1:] for each in found]
    assert shapes == [(3,), (), tuple(network.network.plan.places)]
    outputs = [tensor(name, TensorProto.FLOAT, of) for name, of in zip(network.outputs, shapes, strict=True)]
    graph = graph_of(network, tensor("pixels", TensorProto.UINT8, shape), outputs)
    assert {node.op_type for node in graph.graph.node} <= {
        *("Cast", "Unsqueeze", "Transpose", "Sub", "Mul", "Div", "AveragePool", "Conv", "MaxPool", "Relu"),
        *("Flatten", "MatMul", "Add", "Softmax", "Identity", "Sqrt", "ReduceSum", "ReduceMax", "ReduceMean", "Equal"),
        "Reshape",
    }
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    for answer, expected in zip(session.run(None, {"pixels": pixels}), found, strict=True):
        scale = max(1.0, float(np.abs(expected).max()))
        np.testing.assert_allclose(np.asarray(answer), expected, rtol=0, atol=1e-5 * scale)


def test_novelty_is_that_of_the_activities() -> None:
    module, part = learned((28, 28))
    network = FoldedClassifier.of(module, part, part.take(np.arange(0)))
    found, _ = network.network.seen(part)
    usual = Usual.of(found, part.labels, found[:0])
    away = usual.distances(found)
    with torch.inference_mode():
        _, novelty, _ = network(torch.from_numpy(part.pixels))
    np.testing.assert_allclose(novelty, away**2 / (away**2 + usual.threshold**2), atol=1e-6)
    assert network.described == {"network": "conv", "novelty_threshold": 0.5}


def test_attention_is_what_each_place_adds_to_the_likeliest_class() -> None:
    module, part = learned((40, 30, 3))
    pixels = part.pixels
    network = FoldedClassifier.of(module, part.take(np.arange(5)), part.take(np.arange(5, 7)))
    with torch.inference_mode():
        _, _, attention = network(torch.from_numpy(pixels))
        maps = network.network(torch.from_numpy(pixels))[-1].double()
        logits = module(planes(pixels)).double()
    best, weights = logits.argmax(1), module.average.last.weight.detach().double()
    mean = maps[:5].mean(0)
    for row, likeliest in enumerate(best):
        above = (weights[likeliest] - weights.mean(0)).reshape(maps.shape[1:])
        np.testing.assert_allclose(attention[row], ((maps[row] - mean) * above).sum(0), rtol=1e-3, atol=1e-4)
    # All places together: how far the likeliest logit is above the mean, beyond that of the mean picture.
    total = logits.amax(1) - logits.mean(1)
    of_mean = (mean.flatten() @ weights.T + module.average.last.bias.detach().double())[best]
    of_mean -= (mean.flatten() @ weights.T + module.average.last.bias.detach().double()).mean()
    np.testing.assert_allclose(attention.sum((1, 2)), total - of_mean, rtol=1e-3, atol=1e-3)
