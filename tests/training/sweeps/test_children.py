"""The children of a study that was stopped, as the next one finds them."""

from mlflow import MlflowClient

from training.sweeps import children
from training.tracking import tracking

TABLE = {"seed": [0, 1], "mse": [0.5, None]}


def child(parent: str, status: str, fit: str) -> str:
    """A child with its members and a metric of two steps."""
    client = MlflowClient()
    run_id: str = client.create_run("0", tags={"mlflow.parentRunId": parent, children.FIT: fit}).info.run_id
    client.log_table(run_id, TABLE, f"{tracking.MEMBERS}.json")
    for step in range(2):
        client.log_metric(run_id, "seconds_alone", 1.0 + step, step=step)
    if status != "RUNNING":
        client.set_terminated(run_id, status)
    return run_id


def study(digest: str) -> str:
    run_id: str = MlflowClient().create_run("0", tags={children.STUDY: digest}).info.run_id
    return run_id


def test_finished_children_of_the_same_study_are_taken_over_and_others_closed(store: str) -> None:
    client, before, after, other = MlflowClient(), study("d"), study("d"), study("e")
    done, left = child(before, "FINISHED", "first"), child(before, "RUNNING", "second")
    stranger = child(other, "FINISHED", "third")
    (found,) = children.take_over("d", after, ("seconds_alone", "retry_seconds"))
    assert (found.run_id, found.fit) == (done, "first")
    assert found.members == {"seed": [0, 1], "mse": [0.5, None]}
    assert found.steps == {"seconds_alone": {0: 1.0, 1: 2.0}}
    assert client.get_run(done).data.tags["mlflow.parentRunId"] == after
    assert client.get_run(stranger).data.tags["mlflow.parentRunId"] == other
    for run_id in (before, left):
        run = client.get_run(run_id)
        assert (run.info.status, run.data.tags["failure"]) == ("FAILED", f"killed; resumed by run {after}")


def test_a_study_that_is_the_first_has_nothing_to_take_over(store: str) -> None:
    assert children.take_over("d", study("d"), ()) == []


def test_those_that_do_not_count_are_closed_with_the_reason(store: str) -> None:
    parent = study("d")
    kept, dead = child(parent, "FINISHED", "a"), child(parent, "RUNNING", "b")
    children.close(parent, {kept}, "stopped")
    found = {run_id: MlflowClient().get_run(run_id) for run_id in (kept, dead)}
    assert [found[run_id].info.status for run_id in (kept, dead)] == ["FINISHED", "FAILED"]
    assert found[dead].data.tags["failure"] == "stopped"
