"""The optimizer `evidence` where the number of units is left to it: as many as the data show, where they show it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from training.arrays import Array
from training.evidence.exact_samples import Exact, exact
from training.evidence.noise import EFFICIENCY, LITTLE, Explanation, explain
from training.evidence.posterior_std import Ensemble, as_output_layers, points
from training.evidence.residuals import KINDS, correlation_time
from training.evidence.smoothness import Observations
from training.features.local import Units
from training.models.networks import POSTERIOR_ORDERS

# Samples that the choice is made from, at most: one of each so many neighbours, drawn, so that nothing periodic hides.
_CHOOSING_SAMPLES = 20_000
_CHUNK = 4_096
# Of the largest y: what rounding leaves of fits to exact samples.
_ROUNDING = 50 * np.finfo(float).eps


class AutomaticEvidence(nn.Module):
    """A fit in a single iteration (training.solvers.iterative.Solver), with bands.

    Args:
        x: (n,), on [-1, 1], ascending.
        y: values and, below them, derivatives of each order, scaled.
        weights: of all of them.
        kind: of the noise: one of KINDS, or auto.
        seed: draws the samples that a choice is made from.

    Attributes:
        theta, mean: the hidden layer and the output layer.
        log_posterior_std: (orders, units + 1), output layers of the logarithms of the standard deviations.
        noise_std: of a sample of weight 1, or the root mean square of what varies, in units of scaled y.
        facts: the kind of the noise, as its place among KINDS, and by how much correlated residuals widen the bands.
    """

    theta: Tensor
    mean: Tensor
    log_posterior_std: Tensor
    noise_std: Tensor
    facts: Tensor

    def __init__(self, x: Array, y: Array, weights: Array, kind: str, seed: int):
        super().__init__()
        rows = len(y) // len(x)
        self._observations = Observations(x, y.reshape(rows, -1), weights.reshape(rows, -1))
        self._kind, self._seed = kind, seed
        self.theta, self.mean, self.facts = (nn.Buffer(torch.zeros(2, dtype=torch.float64)) for _ in range(3))
        self.log_posterior_std = nn.Buffer(torch.zeros(POSTERIOR_ORDERS + 1, 2, dtype=torch.float64))
        self.noise_std = nn.Buffer(torch.zeros((), dtype=torch.float64))

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of the hidden layer."""
        return (len(self.mean) - 1,)

    @property
    def findings(self) -> Mapping[str, float]:
        """What it says of the noise beside its size."""
        return {"noise_kind": float(self.facts[0]), "correlation_time": float(self.facts[1])}

    @property
    def kind(self) -> str:
        """The kind of noise that was found."""
        return KINDS[int(self.facts[0])]

    def iterate(self) -> bool:
        """Find the noise and the fit."""
        explanation = explain(self._thinned(), self._kind)
        fit = explanation.fits[0]
        found, noise = None, float(np.sqrt(fit.posterior.variance))
        if noise < LITTLE and explanation.noise.kind == "white":
            found = exact(self._observations, fit.density, noise)
        if found is None:
            self._take_smoothed(self._with_all(explanation))
        else:
            self._take_exact(found)
        return False

    def residual(self) -> Array:
        o = self._observations
        pairs = enumerate(zip(o.y, o.weights, strict=True))
        return np.concatenate([weights * (y - self._values(order)) for order, (y, weights) in pairs])

    def layers(self) -> tuple[Array, Array]:
        return self.theta.numpy(), self.mean.numpy()

    def _thinned(self) -> Observations:
        n = len(self._observations.u)
        stride = -(-n // _CHOOSING_SAMPLES)
        if stride == 1:
            return self._observations
        starts = np.arange(0, n, stride)
        drawn = np.random.default_rng(self._seed).integers(0, np.minimum(stride, n - starts))
        return self._observations.some(starts + drawn)

    def _with_all(self, explanation: Explanation) -> Explanation:
        """The fit to all samples, where their weights are known without it."""
        thinned = len(explanation.observations.u) < len(self._observations.u)
        if not thinned or explanation.noise.kind == "robust":
            return explanation
        seen = explanation.noise.applied(self._observations)
        return replace(explanation, observations=seen, fits=[explanation.fits[0].renewed(seen)])

    def _take_smoothed(self, explanation: Explanation) -> None:
        seen, posterior = explanation.observations, explanation.fits[0].posterior
        u = points(posterior.units)
        time = correlation_time(explanation.standardised())
        wider = np.sqrt(time / (EFFICIENCY if explanation.noise.kind == "robust" else 1.0))
        members = Ensemble.of(explanation.fits, seen)
        std = wider * members.posterior_std(seen, u)
        noise = np.sqrt(posterior.variance * explanation.noise.mean_variance(seen.u))
        self._take(members.lead.units, members.layers(), u, std)
        self._note(noise, KINDS.index(explanation.noise.kind), time)

    def _take_exact(self, found: Exact) -> None:
        u = points(found.units)
        std = np.array([found.posterior_std(u, order) for order in range(POSTERIOR_ORDERS + 1)])
        std[0] += _ROUNDING * np.abs(self._observations.y[0]).max()
        self._take(found.units, (found.units.hidden(), found.posterior.mean), u, std)
        self._note(found.posterior.noise_std, KINDS.index("white"), 1.0)

    def _take(self, units: Units, layers: tuple[Array, Array], u: Array, std: Array) -> None:
        """The layers, the first of whose units have the posterior's standard deviations, too."""
        hidden, output = layers
        self.theta, self.mean = torch.from_numpy(hidden), torch.from_numpy(output)
        self.log_posterior_std = torch.from_numpy(as_output_layers(units, u, std, len(output)))

    def _note(self, noise: float, kind: int, time: float) -> None:
        self.noise_std.fill_(float(noise))
        self.facts.copy_(torch.tensor([kind, time], dtype=torch.float64))

    def _load_from_state_dict(self, state: Mapping[str, Any], prefix: str, *arguments: Any) -> None:
        """Buffers take the sizes that they had where the checkpoint was made."""
        for name in ("theta", "mean", "log_posterior_std"):
            setattr(self, name, torch.zeros_like(state[prefix + name]))
        super()._load_from_state_dict(state, prefix, *arguments)

    def _values(self, order: int) -> Array:
        hidden, output = self.layers()
        steepness, biases = np.split(hidden, 2)
        units, u = Units(-biases / steepness, steepness), self._observations.u
        parts = [units.values(part, order) @ output[:-1] for part in np.array_split(u, 1 + len(u) // _CHUNK)]
        return np.concatenate(parts) + (output[-1] if order == 0 else 0.0)
