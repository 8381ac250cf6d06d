"""What a fit says of itself: how far it may be trusted, and where not."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from training.config import FitConfig
from training.networks import Network
from training.numerals import factor
from training.samples import Samples
from training.trainer import Member

Array = NDArray[np.float64]

_EPSILON = float(np.finfo(np.float64).eps)
# Points that the condition is taken at.
_CONDITION_POINTS = 1_000
# Relative to y: an error below it is no reason for a warning about what caused it.
_SMALL = 1e-6
# Between the samples the error is this many times the one at them.
_COARSE = 100.0
# Rounding that the output layer's weights magnify, relative to y.
_ROUNDING = 1e-8


@dataclass(frozen=True)
class Trust:
    """Numbers for the run's metrics, and warnings for people."""

    metrics: Mapping[str, float]
    warnings: list[str]


def trust(config: FitConfig, member: Member, samples: Samples, held_out_rms: float) -> Trust:
    """Judge a trained member; held_out_rms is its error where it has seen no sample, in units of y."""
    network = member.network
    assert network is not None, "a member that is judged has not diverged"
    scale, seen_rms = network.scaling.y_scale, float(np.sqrt(member.mse))
    rounding = _EPSILON * float(network.weights[-1].detach().abs().sum())
    found = {
        f"the solver stopped after {len(member.history)} iterations while the error still fell: "
        "give it more epochs": member.stopped == "early",
        f"the solver found no further step at a relative error of {seen_rms / scale:.1g}: "
        "try another seed or more units": member.stopped == "stalled" and seen_rms > _SMALL * scale,
        f"the output layer is ill-conditioned: its weights magnify rounding to {rounding:.1g} of the function": (
            rounding > _ROUNDING
        ),
        f"the sampling is too coarse: between the samples the error is {factor(held_out_rms / max(seen_rms, 1e-300))} "
        "times the one at them": held_out_rms > max(_COARSE * seen_rms, _SMALL * scale),
    }
    if config.data is not None and samples.held_out is None:
        found["no samples were held out: the errors are those at the samples that the fit has seen"] = True
    metrics = {"condition": condition(network, samples.x), "rounding": rounding, "samples": float(len(samples.x))}
    if member.noise is not None:
        metrics["noise"] = member.noise
    if samples.dropped:
        metrics["dropped_rows"] = float(samples.dropped)
    return Trust(metrics, [warning for warning, holds in found.items() if holds])


def condition(network: Network, x: Array) -> float:
    """Of the output layer's least-squares problem: the ratio of the largest and the smallest singular value.

    At most 1 / epsilon, beyond which float64 can not tell it.
    """
    points = torch.from_numpy(x[:: -(-len(x) // _CONDITION_POINTS)])
    with torch.inference_mode():
        features = network.features(points, 0)[0]
        singular = torch.linalg.svdvals(torch.cat([features, torch.ones(len(points), 1, dtype=features.dtype)], 1))
    return float(singular[0] / max(float(singular[-1]), _EPSILON * float(singular[0])))
