from training.reproduction.answers import verdict


def test_a_verdict_is_of_all_claims() -> None:
    claims = [(True, True), (True, False), (False, False), (True, None), (False, None)]
    verdicts = ["holds", "holds in part", "contradicted", "not decided", "not decided"]
    assert [verdict(*each) for each in claims] == verdicts
