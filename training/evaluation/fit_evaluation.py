"""How good a fit is: its errors, the baselines' errors, and how far it may be trusted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from training.data.samples import Samples
from training.evaluation import baselines
from training.evaluation.accuracy import accuracy, held_out_accuracy, relative_l2
from training.evaluation.baselines import Approximation
from training.evaluation.data_diagnostics import diagnose_data
from training.evaluation.fit_diagnostics import diagnose_fit
from training.models.networks import Network, posterior_std
from training.regression.methods import Method
from training.regression.result import TrainingResult
from training.targets import expressions
from training.targets.domain import Domain
from training.targets.target import Target


@dataclass(frozen=True)
class Evaluation:
    """Metrics of the run, and warnings for people.

    `useless` says why the fit is to serve nobody, and is empty where it may.
    """

    metrics: Mapping[str, float]
    warnings: list[str]
    useless: str


def evaluate_fit(
    target: Target | None,
    method: Method,
    result: TrainingResult,
    samples: Samples,
    others: Iterable[Approximation],
) -> Evaluation:
    """Judge a fit against the function where it is known, and against the samples held out where there are any.

    So are the baselines: what a user would take instead, fitted to the same samples.

    Args:
        target: the function, also where it is known behind data; None where it is not.
        method, result: of the fit.
    """
    network = result.fit
    metrics: dict[str, float] = {}
    if samples.are_measured:
        metrics |= held_out_accuracy(network, samples)
        for other in others:
            metrics |= _held_out_errors(other, samples)
    if target is not None:
        metrics |= accuracy(network, target, samples.domain)
        metrics["max_error"] = float(max(metrics["max_error"], result.findings.get("max_error", 0.0)))
        for other in others:
            metrics |= baselines.errors(other, target, samples.domain)
    if network.has_posterior:
        metrics |= _posterior_std(network, samples.domain)
    known = [] if target is None else expressions.warnings(target, samples.domain)
    trusted = diagnose_fit(method, result, samples, metrics, _unseen_rms(target, samples, metrics))
    metrics, warnings = {**metrics, **trusted.metrics}, [*known, *trusted.warnings]
    if samples.are_measured:
        data = diagnose_data(method, network, samples, metrics, result.findings)
        metrics, warnings = {**metrics, **data.metrics}, [*warnings, *data.warnings]
    return Evaluation(metrics, warnings, trusted.useless)


def _held_out_errors(baseline: Approximation, samples: Samples) -> dict[str, float]:
    judged, name = samples.held_out or samples, baseline.name
    return {
        f"{name}_error_d0": relative_l2(baseline.derivative(judged.x, 0), judged.y),
        f"{name}_parameters": baseline.parameters,
        f"{name}_seconds": baseline.seconds,
    }


def _posterior_std(network: Network, domain: Domain) -> dict[str, float]:
    """How far the posterior leaves f, f' and f'' open: the root mean square of their standard deviations."""
    root_mean_squares = np.sqrt(np.mean(posterior_std(network, domain.midpoints()) ** 2, axis=1))
    return {f"deviation_d{order}": float(value) for order, value in enumerate(root_mean_squares)}


def _unseen_rms(target: Target | None, samples: Samples, metrics: Mapping[str, float]) -> float:
    """The root mean square error of f where no sample was seen."""
    if samples.are_measured:
        return metrics["validation_rmse"]
    assert target is not None, "without data there is a target"
    truth = target.derivative(samples.domain.midpoints())
    return metrics["error_d0"] * float(np.sqrt(np.mean(truth**2)))
