from training.parameters.digest import digest


def test_the_same_parts_have_the_same_name() -> None:
    assert digest("a", 1) == digest("a", 1) != digest("a", 2)
    assert len(digest()) == 32
    assert set(digest("x")) <= set("0123456789abcdef")
