"""How far fits by the evidence are off, and what their bands hold."""

import numpy as np

from training.arrays import Array
from training.models.networks import evaluate, posterior_std
from training.regression.result import TrainingResult
from training.targets.named import parse


def errors(member: TrainingResult, target: str, at: Array) -> list[float]:
    """Relative errors of f, f' and f''."""
    assert member.network
    truth = [parse(target).derivative(at, order) for order in range(3)]
    pairs = zip(evaluate(member.network, at, 2), truth, strict=True)
    return [float(np.linalg.norm(fit - known) / np.linalg.norm(known)) for fit, known in pairs]


def covered(member: TrainingResult, target: str, at: Array) -> list[float]:
    """The part of the domain on which f, f' and f'' are within two standard deviations."""
    assert member.network
    off = evaluate(member.network, at, 2) - [parse(target).derivative(at, order) for order in range(3)]
    return [float(part) for part in np.mean(np.abs(off) < 2 * posterior_std(member.network, at), axis=1)]
