from training.tracking.metric_names import grouped


def test_errors_come_first_and_baselines_have_a_group_of_their_own() -> None:
    metrics = {"chebyshev_error_d2": 1.0, "seconds": 2.0, "error_d2": 3.0, "weights": 4.0}
    assert list(grouped(metrics).items()) == [
        ("error/f2", 3.0),
        ("baseline/chebyshev_error_d2", 1.0),
        ("time/training_seconds", 2.0),
        ("chebyshev_error_d2", 1.0),
        ("seconds", 2.0),
        ("error_d2", 3.0),
        ("weights", 4.0),
    ]
