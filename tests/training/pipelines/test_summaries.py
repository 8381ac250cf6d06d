import numpy as np
import pytest

from tests.support.networks import network
from training.data.samples import Samples
from training.evaluation.accuracy import held_out_accuracy
from training.models.networks import evaluate
from training.pipelines import summaries
from training.regression.config import FitConfig
from training.targets.domain import Domain
from training.tracking.metric_names import grouped

SIZE = {"weights": 60.0, "seconds": 0.1}
X = np.array([0.5, 1.5])


def told(config: FitConfig, samples: Samples, **metrics: float) -> list[str]:
    return summaries.of_function(config, samples, network(), grouped(SIZE | metrics))


def test_errors_of_a_function_are_relative() -> None:
    samples = Samples(X, X, bounds=Domain(0, 2))
    assert told(FitConfig(), samples, error_d0=1e-9, error_d2=2.34e-7) == [
        "gaussian on [0, 2]: 7,5 units, 60 weights, 0.10 s",
        "relative L2 errors: f 1e-09, f'' 2.3e-07",
    ]


def test_of_noisy_data_the_residual_is_told_beside_the_noise() -> None:
    config = FitConfig.model_validate({"data": "a.csv"})
    fit, off = evaluate(network(), X, 0)[0], np.array([0.3, 0.1])
    held_out = Samples(X, fit + off, standard_error=np.array([0.1, 0.2]))
    samples = Samples(X, fit, held_out=held_out, bounds=Domain(0, 2))
    measured = held_out_accuracy(network(), samples)
    # By hand: (0.3² + 0.1²) / 2 = 0.05, and (3² + 0.5²) / 2 = 4.625.
    assert measured["validation_rmse"] == pytest.approx(0.05**0.5)
    assert measured["chi2_per_dof"] == pytest.approx(4.625)
    assert told(config, samples, noise=0.026, **measured)[1:] == [
        "residual at held-out samples 0.22 (noise estimated 0.026), chi² per degree of freedom 4.6"
    ]


def test_without_standard_errors_or_held_out_samples_there_is_no_chi_squared() -> None:
    known = Samples(X, X, standard_error=X)
    for samples in (known, Samples(X, X, held_out=Samples(X, X))):
        assert "chi2_per_dof" not in held_out_accuracy(network(), samples)
    (line,) = told(FitConfig.model_validate({"data": "a.csv"}), Samples(X, X, bounds=Domain(0, 2)), validation_rmse=1)[
        1:
    ]
    assert line == "residual at the samples 1"
