"""Graphs run by ONNX Runtime at each level of its optimisation."""

import numpy as np
import onnx
import onnxruntime

LEVELS = {
    name: getattr(onnxruntime.GraphOptimizationLevel, name)
    for name in ("ORT_DISABLE_ALL", "ORT_ENABLE_BASIC", "ORT_ENABLE_EXTENDED", "ORT_ENABLE_ALL")
}


def run(model: onnx.ModelProto, x: np.ndarray, level: object) -> list[np.ndarray]:
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = level
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return [np.asarray(value) for value in session.run(None, {"x": x})]
