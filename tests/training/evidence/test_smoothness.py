import numpy as np

from training.evidence.smoothness import Observations, choose, choose_beside

RNG = np.random.default_rng(0)
U = np.sort(RNG.uniform(-1, 1, 200))


def observed(y: np.ndarray) -> Observations:
    return Observations(U, y[None], np.ones((1, len(U))))


def test_what_changes_faster_has_more_units() -> None:
    noise = RNG.normal(0, 0.05, len(U))
    smooth, fast = choose(observed(np.sin(2 * U) + noise)), choose(observed(np.sin(25 * U) + noise))
    assert smooth[0].inside < fast[0].inside
    for fits, truth in ((smooth, np.sin(2 * U)), (fast, np.sin(25 * U))):
        assert [fit.score for fit in fits] == sorted((fit.score for fit in fits), reverse=True)
        off = fits[0].posterior.values(U, 0) - truth
        assert np.sqrt(np.mean(off**2)) < 0.03


def test_others_are_tried_beside_a_fit_and_a_fit_is_renewed() -> None:
    observations = observed(np.sin(5 * U) + RNG.normal(0, 0.1, len(U)))
    best = choose(observations)[0]
    beside = choose_beside(observations, best, (best.inside + 4,))
    assert {fit.inside for fit in beside} == {best.inside, best.inside + 4}
    again = best.renewed(observations)
    np.testing.assert_allclose(again.posterior.values(U, 0), best.posterior.values(U, 0), atol=1e-6)


def test_some_of_the_observations_and_what_they_hold() -> None:
    both = Observations(U, np.zeros((2, 200)), np.full((2, 200), 2.0), np.full(200, 0.5))
    some = both.some(np.arange(0, 200, 2))
    assert (some.u.shape, some.y.shape, some.weights.shape) == ((100,), (2, 100), (2, 100))
    np.testing.assert_allclose(both.information, 400 * np.log(2) - 199 * np.log(0.75))
