from dataclasses import replace

import numpy as np

from training.evidence.automatic import AutomaticEvidence
from training.evidence.bayesian_ridge import Evidence
from training.evidence.choice import by_evidence
from training.evidence.periodic import PeriodicEvidence
from training.solvers.problem import Problem

X = np.linspace(-1, 1, 40)
PROBLEM = Problem(X, np.sin(X), np.ones(40), (), "tanh", 0)


def test_what_is_known_of_the_data_decides() -> None:
    assert isinstance(by_evidence(PROBLEM), AutomaticEvidence)
    assert isinstance(by_evidence(replace(PROBLEM, hidden=(1, 10))), Evidence)
    assert isinstance(by_evidence(replace(PROBLEM, period=1.0, activation="sin")), PeriodicEvidence)
