"""The registered form of the convolutional network: the same probabilities, from pixels, by ONNX Runtime too."""

import numpy as np
import onnxruntime
import pytest
import torch
from onnx import TensorProto

from training.classification.config import ClassifyConfig
from training.classification.convolutional.batches import planes
from training.classification.convolutional.folded import FoldedClassifier
from training.classification.convolutional.module import ConvolutionalClassifier
from training.classification.pictures import Pictures, PictureSet
from training.export.onnx_graph import graph_of, tensor


def learned(shape: tuple[int, ...]) -> tuple[ConvolutionalClassifier, np.ndarray]:
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
    return module.eval(), pixels


@pytest.mark.parametrize("shape", [(28, 28), (64, 64, 3), (1, 9), (150, 130, 3)])
def test_the_graph_has_the_norms_in_its_convolutions(shape: tuple[int, ...]) -> None:
    module, pixels = learned(shape)
    network = FoldedClassifier.of(module)
    with torch.inference_mode():
        truth = torch.softmax(module(planes(pixels)), 1).numpy()
        (found,) = network(torch.from_numpy(pixels))
    np.testing.assert_allclose(found, truth, rtol=0, atol=1e-6)
    graph = graph_of(
        network, tensor("pixels", TensorProto.UINT8, shape), [tensor("probabilities", TensorProto.FLOAT, [3])]
    )
    assert {node.op_type for node in graph.graph.node} <= {
        *("Cast", "Unsqueeze", "Transpose", "Sub", "Mul", "Div", "AveragePool", "Conv", "MaxPool", "Relu"),
        *("Flatten", "MatMul", "Add", "Softmax", "Identity"),
    }
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    (answer,) = session.run(None, {"pixels": pixels})
    np.testing.assert_allclose(np.asarray(answer), found, rtol=0, atol=1e-6)
