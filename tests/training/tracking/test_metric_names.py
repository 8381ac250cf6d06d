from training.tracking.metric_names import grouped


def test_errors_come_first_and_no_name_is_lost() -> None:
    metrics = {"spline_error_d2": 1.0, "seconds": 2.0, "error_d2": 3.0, "weights": 4.0, "rbf_error_value": 5.0}
    assert list(grouped(metrics).items()) == [
        ("error/f2", 3.0),
        ("baseline/spline_f2", 1.0),
        ("baseline/rbf_value", 5.0),
        ("time/training_seconds", 2.0),
        *metrics.items(),
    ]


def test_those_of_a_classifier_begin_with_its_accuracy() -> None:
    assert list(grouped({"seconds": 4.0, "bias": 3.0, "train_accuracy": 2.0, "test_accuracy": 1.0}))[:4] == [
        *("accuracy/training", "accuracy/test", "error/bias", "time/training_seconds")
    ]


def test_what_is_new_has_one_name() -> None:
    assert grouped({"max_error": 1.0, "chi2_per_dof": 2.0}) == {
        "error/largest": 1.0,
        "error/chi2_per_dof": 2.0,
        "max_error": 1.0,
    }
