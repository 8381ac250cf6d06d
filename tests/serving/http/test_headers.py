from serving.http.headers import header


def test_the_first_of_a_name_in_latin_1() -> None:
    scope = {"headers": [(b"accept", b"a"), (b"x-name", b"\xe4"), (b"accept", b"b")]}
    assert (header(scope, b"accept"), header(scope, b"x-name")) == ("a", "ä")
    assert (header(scope, b"host"), header(scope, b"host", "none")) == ("", "none")
