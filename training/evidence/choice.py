"""Which of the fits by the evidence a problem asks for."""

from training.evidence.automatic import AutomaticEvidence
from training.evidence.bayesian_ridge import Evidence
from training.evidence.periodic import PeriodicEvidence
from training.solvers.problem import Problem


def by_evidence(problem: Problem) -> AutomaticEvidence | Evidence | PeriodicEvidence:
    """Harmonics of a period, as many units as the samples show, or a network of the given shape."""
    p = problem
    if p.period is not None:
        return PeriodicEvidence(p.x, p.period, p.y, p.weights)
    if not p.hidden:
        return AutomaticEvidence(p.x, p.y, p.weights, p.noise, p.seed)
    return Evidence(p.hidden, p.activation, p.x, p.y, p.weights, p.seed)
