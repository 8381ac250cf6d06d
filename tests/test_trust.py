from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.test_networks import network
from training.config import FitConfig
from training.samples import Samples
from training.trainer import Member
from training.trust import condition, trust

X = np.linspace(-2, 4, 50)
SAMPLES = Samples(X, np.sin(X))
MEMBER = Member(0, network(), 1e-8, [1.0, 1e-8], 0.1, "limit")


def warnings(member: Member = MEMBER, held_out_rms: float = 1e-4, config: FitConfig | None = None) -> list[str]:
    return trust(config or FitConfig(), member, SAMPLES, held_out_rms).warnings


def test_a_sound_fit_has_no_warning() -> None:
    assert warnings() == []
    assert warnings(replace(MEMBER, stopped="converged")) == []
    # Rounding is all that is left: no step can be found.
    assert warnings(replace(MEMBER, stopped="stalled", mse=1e-24), 1e-12) == []


@pytest.mark.parametrize(
    ("member", "held_out_rms", "warning"),
    [
        (replace(MEMBER, stopped="early"), 1e-4, "the solver stopped after 2 iterations while the error still fell"),
        (replace(MEMBER, stopped="stalled", mse=1e-2), 1e-1, "the solver found no further step at a relative error of"),
        (MEMBER, 0.1, "the sampling is too coarse: between the samples the error is 1000 times the one at them"),
    ],
)
def test_what_speaks_against_a_fit(member: Member, held_out_rms: float, warning: str) -> None:
    (told,) = warnings(member, held_out_rms)
    assert told.startswith(warning)


def test_an_output_layer_that_magnifies_rounding() -> None:
    made = network()
    with torch.no_grad():
        made.weights[-1].mul_(1e12)
    (told,) = warnings(replace(MEMBER, network=made))
    assert told.startswith("the output layer is ill-conditioned: its weights magnify rounding to")


def test_data_of_which_none_were_held_out() -> None:
    (told,) = warnings(config=FitConfig.parse(["--data=a.csv"]))
    assert told.startswith("no samples were held out")


def test_the_numbers() -> None:
    found = trust(FitConfig(), replace(MEMBER, noise=0.5), replace(SAMPLES, dropped=3), 1e-4).metrics
    assert (found["noise"], found["dropped_rows"], found["samples"]) == (0.5, 3, 50)
    assert 0 < found["rounding"] < 1e-12


def test_the_condition_is_that_of_the_last_layer() -> None:
    made = network()
    with torch.no_grad():
        features = made.features(torch.from_numpy(X), 0)[0]
    matrix = np.column_stack([features.numpy(), np.ones(len(X))])
    assert condition(made, X) == pytest.approx(min(np.linalg.cond(matrix), 1 / np.finfo(float).eps), rel=1e-6)
    with torch.no_grad():
        made.weights[-2].zero_()
    assert condition(made, X) == pytest.approx(1 / np.finfo(float).eps)
