"""A fit from its parameters to its registered version: trained, judged, drawn, logged to MLflow."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from training.data.samples import Samples
from training.evaluation.accuracy import REPORTED_ORDERS
from training.evaluation.baselines import Approximation, fit_baselines
from training.evaluation.fit_evaluation import Evaluation, evaluate_fit
from training.export import function_model
from training.export.function_model import Registered
from training.export.metadata import FunctionDescription, samples_text
from training.export.quantity import file_source
from training.models.networks import Network, count_weights
from training.parameters import progress
from training.pipelines import summaries
from training.plotting import plots
from training.regression.config import FitConfig
from training.regression.ensemble import Ensemble, on_grid
from training.regression.result import TrainingResult
from training.regression.sampling import sample
from training.regression.trainer import single_thread, train
from training.runtime import checkpoints
from training.targets.chebyshev import chebyshev_series
from training.tracking import dataset_input, tracking
from training.tracking.description import Description, describe
from training.tracking.live_metrics import LiveMetrics
from training.tracking.metric_names import grouped

_METADATA_ERRORS = ("error_d0", "error_d1", "error_d2", "max_error")


@dataclass(frozen=True)
class Fit:
    """A finished fit: the best of its members, the results of all, warnings, its run and its version, if any."""

    config: FitConfig
    samples: Samples
    metrics: dict[str, float]
    best: TrainingResult
    members: list[TrainingResult]
    warnings: list[str]
    run_id: str
    registered: Registered | None

    @property
    def network(self) -> Network:
        """The network of the best."""
        return self.best.fit


def fit(
    config: FitConfig, log_more: Callable[[Network, str], None] | None = None, samples: Samples | None = None
) -> Fit:
    """Fit a function or data and log, plot and register the result; of several runs, the one with the lowest error.

    The same call resumes a fit that was killed, or whose result could not be logged.

    Args:
        samples: those that the configuration asks for, where they are known.
        log_more: logs what else a caller shows of the network, into the run with this id.

    Raises:
        InvalidParameter: the function cannot be sampled on the domain, or the data cannot be used.
        TrainingDiverged: the loss of every run stopped being a finite number; the MLflow run is FAILED.
        StoreUnavailable: the MLflow store cannot be reached or written.
    """
    name = config.run_name
    progress.at("sampling")
    samples = sample(config, config.seed) if samples is None else samples
    with (
        checkpoints.resumable(config, samples.digest) as folder,
        tracking.run(config, name, folder=folder, found=samples.found) as run_id,
    ):
        tracking.log_tags(samples.tags)
        tracking.log_dataset(run_id, "training", dataset_input.of_samples(config, samples))
        progress.at("training")
        members, live = Ensemble(on_grid(samples.domain)), LiveMetrics(run_id)
        for member in train(config, samples, folder, [live] if config.trainings == 1 else []):
            members.add(member)
        live.finish()
        best = members.best
        progress.at("judging the fit, beside other approximations")
        with single_thread():  # threads wait for each other longer than these small evaluations take
            others = fit_baselines(samples.x, samples.y, samples.domain, samples.weights**2)
            evaluation = evaluate_fit(config.function, config.method, best, samples, others)
        metrics = grouped({**evaluation.metrics} | members.metrics() | {"weights": count_weights(best.fit)})
        tracking.log_metrics(run_id, metrics, step=len(best.history))
        tracking.log_curve(run_id, "mse", best.history, first=live.sent)
        tracking.log_warnings(evaluation.warnings)
        progress.at("drawing")
        figures = plots.figures(_picture(config, best.fit, samples, others))
        if config.trainings > 1:
            tracking.log_members(members.table())
            figures["members"] = plots.members(
                config.fitted, config.function, samples.domain, members.curves, *plots.names(config)
            )
        tracking.log_figures(figures)
        metrics |= {"mse": best.mse}
        if log_more:
            log_more(best.fit, run_id)
        progress.at("registering")
        registered = _register(config, best.fit, samples, metrics, evaluation)
        tracking.log_registered(registered)
        result = summaries.of_function(config, samples, best.fit, metrics)
        describe(run_id, Description(result, evaluation.warnings, "overview.png", config), registered)
    progress.done()
    return Fit(config, samples, metrics, best, members.results, evaluation.warnings, run_id, registered)


def _picture(config: FitConfig, network: Network, samples: Samples, others: list[Approximation]) -> plots.Picture:
    known = (samples.domain, config.function, samples, others)
    return plots.Picture(config.fitted, network, *known, *plots.names(config))


def _register(
    config: FitConfig, network: Network, samples: Samples, metrics: Mapping[str, float], evaluation: Evaluation
) -> Registered | None:
    name = config.registered_name
    if name is None:
        return None
    errors = {key.removeprefix("error_"): value for key, value in metrics.items() if key in _METADATA_ERRORS}
    described: FunctionDescription = {
        "kind": "function",
        "target": config.fitted,
        "domain": list(samples.domain),
        "activation": config.activation,
        "errors": errors,
        "condition": metrics["condition"],
        "rounding": metrics["rounding"],
        "warnings": evaluation.warnings,
    }
    if samples.origin is not None:
        described |= {"x_origin": samples.origin, "x_unit": "s"}
    if config.data is not None:
        described["source"] = _source(config, config.data, samples.digest)
        if config.register_samples:
            described["samples"] = samples_text(samples)
    if config.variable != "x":
        described["variable"] = config.variable
    if config.function is not None:
        described["truth"] = chebyshev_series(config.function, samples.domain, range(REPORTED_ORDERS + 1))
    example = samples.domain.equally_spaced(5).tolist()
    return function_model.register(
        network, name, config.max_order, described, example, config.champion, evaluation.useless
    )


def _source(config: FitConfig, data: Path, digest: str) -> dict[str, str]:
    """Which data they are; a name that the user gave says that of itself, one that is the file's needs the file."""
    columns = {"x": config.x_column, "y": config.y_column}
    return columns | (file_source(data, digest) if config.register_as == "auto" else {})
