"""What is said of a finished fit, on the terminal and in MLflow."""

from collections.abc import Mapping, Sequence

from training.data.samples import Samples
from training.models.field_network import OUTPUTS
from training.models.networks import Network
from training.parameters.digits import interval
from training.regression.field_sampling import Problem
from training.regression.sampling_config import SamplingConfig

_LABELS = {"d0": "f", "d1": "f'", "d2": "f''"}


def of_function(config: SamplingConfig, samples: Samples, network: Network, metrics: Mapping[str, float]) -> list[str]:
    """What was fitted and by how much, and how far the fit is from what is known; a line for each."""
    layers = ",".join(map(str, network.sizes[1:-1]))
    since = "" if samples.origin is None else f" s since {samples.origin}"
    lines = [f"{config.fitted} on {interval(samples.domain)}{since}: {layers} units, {_size(metrics)}"]
    if config.variable != "x":
        lines.append(f"the variable is {config.variable}; columns and answers call it x")
    errors = {label: metrics[f"error_{key}"] for key, label in _LABELS.items() if f"error_{key}" in metrics}
    return [*lines, *_errors(errors, metrics, config.function is not None, samples.held_out is not None)]


def of_field(
    config: SamplingConfig, problem: Problem, hidden: Sequence[int], metrics: Mapping[str, float]
) -> list[str]:
    """The same of several variables."""
    errors = {name: metrics[f"error_{name}"] for name in OUTPUTS if f"error_{name}" in metrics}
    what = f"{config.fitted} on {problem.box}: {','.join(map(str, hidden))} units, {_size(metrics)}"
    return [what, *_errors(errors, metrics, problem.function is not None, held_out=True)]


def _size(metrics: Mapping[str, float]) -> str:
    return f"{metrics['weights']:,.0f} weights, {metrics['seconds']:.2f} s"


def _errors(errors: Mapping[str, float], metrics: Mapping[str, float], known: bool, held_out: bool) -> list[str]:
    """Relative errors of a function that is known; of data what their noise leaves of them."""
    told = []
    if known:
        told.append("relative L2 errors: " + ", ".join(f"{name} {error:.2g}" for name, error in errors.items()))
    if "validation_rmse" in metrics:
        where = "held-out samples" if held_out else "the samples"
        noise = f" (noise estimated {metrics['noise']:.2g})" if "noise" in metrics else ""
        chi = (
            f", chi² per degree of freedom {metrics['error/chi2_per_dof']:.2g}"
            if "error/chi2_per_dof" in metrics
            else ""
        )
        told.append(f"residual at {where} {metrics['validation_rmse']:.2g}{noise}{chi}")
    return told
