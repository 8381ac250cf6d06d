"""A fit of several variables, from its parameters to its registered version."""

from collections.abc import Mapping
from dataclasses import dataclass

from training.evaluation import field_evaluation
from training.evaluation.fit_evaluation import Evaluation
from training.export import field_model
from training.export.function_model import Registered
from training.export.metadata import FieldDescription
from training.export.quantity import file_source
from training.models.field_network import OUTPUTS, FieldLayers
from training.parameters import progress
from training.pipelines import summaries
from training.plotting import field_plots
from training.regression.config import FitConfig
from training.regression.ensemble import Ensemble
from training.regression.field_regressor import Candidate
from training.regression.field_sampling import Problem, sample
from training.regression.field_trainer import train_field
from training.regression.trainer import single_thread
from training.runtime import checkpoints
from training.tracking import dataset_input, tracking
from training.tracking.description import Description, describe
from training.tracking.metric_names import grouped

_HIGHEST_ORDER = len(OUTPUTS) - 1


@dataclass(frozen=True)
class FieldFit:
    """A finished fit of several variables: the best fit, its errors, warnings, its run and its version, if any."""

    config: FitConfig
    problem: Problem
    best: Candidate
    metrics: Mapping[str, float]
    warnings: list[str]
    run_id: str
    registered: Registered | None

    @property
    def layers(self) -> FieldLayers:
        """The network."""
        return self.best.layers


def fit_field(config: FitConfig) -> FieldFit:
    """Fit a function or data of several variables and log, plot and register the result.

    Raises:
        InvalidParameter: the function is not finite on the domain, or the data cannot be used.
        StoreUnavailable: the MLflow store cannot be reached or written.
    """
    progress.at("sampling")
    problem = sample(config, config.seed)
    found = {"domain": str(problem.box)}
    with (
        checkpoints.resumable(config, problem.digest) as folder,
        tracking.run(config, config.run_name, folder=folder, found=found) as run_id,
    ):
        tracking.log_tags(problem.tags)
        tracking.log_dataset(run_id, "training", dataset_input.of_field(config, problem))
        progress.at("training")
        members = Ensemble[Candidate]()
        for member in train_field(config, problem, folder):
            members.add(member)
        best = members.best.fit
        progress.at("judging the fit, beside other approximations")
        with single_thread():
            others = field_evaluation.fit_baselines(problem)
            evaluation = field_evaluation.evaluate_fit(best, problem, others)
        metrics = grouped({**evaluation.metrics, **members.metrics(), "weights": best.layers.parameters})
        tracking.log_metrics(run_id, metrics, step=len(members.best.history))
        tracking.log_curve(run_id, "mse", members.best.history)
        metrics["mse"] = members.best.mse
        if config.trainings > 1:
            tracking.log_members(members.table())
        tracking.log_tags({"method": best.method})
        tracking.log_warnings(evaluation.warnings)
        progress.at("drawing")
        tracking.log_figures(field_plots.figures(_picture(config, problem, best)))
        progress.at("registering")
        registered = _register(config, problem, best, evaluation)
        tracking.log_registered(registered)
        result = summaries.of_field(config, problem, best.layers.sizes[1:-1], metrics)
        describe(run_id, Description(result, evaluation.warnings, "maps.png", config), registered)
    progress.done()
    return FieldFit(config, problem, best, metrics, evaluation.warnings, run_id, registered)


def _picture(config: FitConfig, problem: Problem, best: Candidate) -> field_plots.FieldPicture:
    known = (problem.function, problem.judged)
    return field_plots.FieldPicture(problem.box, config.outputs, best.layers, *known)


def _register(config: FitConfig, problem: Problem, best: Candidate, evaluation: Evaluation) -> Registered | None:
    name, box = config.registered_name, problem.box
    if name is None:
        return None
    metrics = evaluation.metrics
    errors = {key: metrics[f"error_{key}"] for key in OUTPUTS if f"error_{key}" in metrics}
    described: FieldDescription = {
        "kind": "field",
        "target": config.fitted,
        "variables": list(box.variables),
        "domain": [[low, high] for low, high in zip(box.lows, box.highs, strict=True)],
        "outputs": list(config.outputs),
        "activation": best.layers.activation,
        "errors": errors | {"max_error": metrics["max_error"]},
        "warnings": evaluation.warnings,
    }
    if best.noise_std is not None:
        described["noise"] = best.noise_std.tolist()
    if config.data is not None:
        columns = {"x": config.x_column, "y": config.y_column}
        of_file = file_source(config.data, problem.digest) if config.register_as == "auto" else {}
        described["source"] = columns | of_file
    order, roots = min(config.max_order, _HIGHEST_ORDER), best.evident.roots if best.evident else None
    return field_model.register(best.layers, name, box, order, described, config.champion, roots, evaluation.useless)
