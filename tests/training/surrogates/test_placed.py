import numpy as np
import pytest

from training.data.box import Box
from training.data.designs import sample
from training.models.field_network import FieldNetwork, evaluate
from training.surrogates.placed import Placed, fits
from training.surrogates.samples import FieldSamples, relative_errors
from training.targets.fields import Field, parse

BOX = Box.parse("x:-1,1; y:-1,1")
SMOOTH = parse("exp(-x**2-y**2)*cos(3*x*y+2*x)", BOX.variables)


def known(function: Field, box: Box, points: int, seed: int, order: int = 2) -> FieldSamples:
    x = sample(box, points, "uniform", seed)
    return FieldSamples(x, function.evaluate(x, order))


def fitted(function: Field, box: Box, points: int, most: int) -> Placed:
    x = sample(box, points)
    *_, best = fits(FieldSamples(x, function.evaluate(x)), known(function, box, 1_000, 101), box, seed=0, most=most)
    return best


def test_a_smooth_function_is_fitted_with_its_derivatives() -> None:
    found = fitted(SMOOTH, BOX, 2_000, 500)
    errors = relative_errors(found.layers, known(SMOOTH, BOX, 5_000, 99))
    assert errors[0] < 5e-9
    assert errors[1] < 1e-7
    assert errors[2] < 2e-6
    # What chose it is what others find.
    np.testing.assert_allclose(np.log10(found.errors), np.log10(errors), atol=1)


def test_outputs_and_variables_of_any_size() -> None:
    box = Box.parse("p:1e5,1.2e5; T:300,301; q:-1e-9,1e-9")
    function = parse("1e-7*p*T; sin(p/1e4)*cos(1e9*q)+1e6", box.variables)
    found = fitted(function, box, 3_000, 250)
    assert max(relative_errors(found.layers, known(function, box, 1_000, 5))) < 1e-4
    assert found.errors[0] < 1e-7


def test_more_units_are_better_and_the_seed_decides() -> None:
    samples, held_out = known(SMOOTH, BOX, 1_000, 1, order=0), known(SMOOTH, BOX, 500, 2, order=0)
    found = list(fits(samples, held_out, BOX, seed=3, most=250))
    assert [fit.units for fit in found] == [125, 250]
    assert found[1].errors[0] < found[0].errors[0] / 10
    again = list(fits(samples, held_out, BOX, seed=3, most=250))
    np.testing.assert_array_equal(found[1].layers.weights[0], again[1].layers.weights[0])
    other = list(fits(samples, held_out, BOX, seed=4, most=250))
    assert not np.array_equal(found[1].layers.biases[0], other[1].layers.biases[0])


def test_few_samples_have_few_units() -> None:
    (found,) = fits(known(SMOOTH, BOX, 60, 1, 0), known(SMOOTH, BOX, 60, 2, 0), BOX, seed=0, most=30)
    assert found.units == 30
    assert np.isfinite(found.errors[0])


@pytest.mark.parametrize("outputs", [1, 2])
def test_errors_are_those_of_the_worst_output(outputs: int) -> None:
    function = parse("; ".join(["x*y", "x+y"][:outputs]), BOX.variables)
    *_, found = fits(known(function, BOX, 400, 1, 0), known(function, BOX, 100, 2), BOX, seed=0, most=125)
    other = known(function, BOX, 300, 7)
    fit = evaluate(FieldNetwork(found.layers), other.x)[0]
    each = np.linalg.norm(fit - other.y, axis=0) / np.linalg.norm(other.y - other.y.mean(axis=0), axis=0)
    assert relative_errors(found.layers, other)[0] == pytest.approx(each.max())
