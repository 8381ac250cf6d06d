import pytest

from training.targets.parser import parse_in
from training.targets.tree import Apply, Number, Variable, is_constant, nodes, spell, without_cancellation

X = Variable("x")


def test_all_nodes_the_tree_first() -> None:
    tree = Apply("+", (Number(1.0, "1"), Apply("sin", (X,))))
    found = list(nodes(tree))
    assert found[0] is tree
    assert set(found) == {tree, Number(1.0, "1"), Apply("sin", (X,)), X}
    assert (is_constant(tree), is_constant(Number(1.0, "1"))) == (False, True)


@pytest.mark.parametrize(
    "text", ["(1+x)*2", "-(x+1)", "2**-x", "(2**x)**2", "x-(1-x)", "x/(2*x)", "(-x)**2", "-x**2", "max(x,1)"]
)
def test_what_is_spelled_is_the_same_tree(text: str) -> None:
    tree = parse_in(text, ["x"])
    assert parse_in(spell(tree), ["x"]) == tree
    assert spell(tree) == text


@pytest.mark.parametrize(
    ("text", "better"),
    [
        ("exp(x)-1", "expm1(x)"),
        ("1-exp(x)", "-expm1(x)"),
        ("log(1+x)", "log(1+x)"),
        ("log(1+x**2)", "log1p(x**2)"),
        ("log(1+exp(x))", "softplus(x)"),
        ("1/(1+exp(-x))", "sigmoid(x)"),
        ("sqrt(x**2)", "abs(x)"),
        ("sinh(x)/cosh(x)", "tanh(x)"),
        ("1-cos(x)", "2*sin(x/2)**2"),
        ("log(cosh(x))", "logcosh(x)"),
        ("e**x", "exp(x)"),
    ],
)
def test_what_cancels_is_written_without(text: str, better: str) -> None:
    assert spell(without_cancellation(parse_in(text, ["x"]))) == better
