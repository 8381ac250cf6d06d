"""The Open Inference Protocol: its tensors and schemas, and the models behind it."""
