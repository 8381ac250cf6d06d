"""Whatever is sent, and whatever happens to the models meanwhile: no answer is a mistake of the service.

A minute in all; DERIVABLE_FUZZ_SECONDS is another time for the requests, as in `make soak`.
"""

import os
import random
import time
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import httpx
import mlflow
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from serving.errors import RefusedModel
from serving.models import checker
from tests.support.attacks import add_function, attacked, watching
from tests.support.fuzzing import Sent, requests, require_sound
from tests.support.served_field import LAYERS, register
from tests.support.service import Service

SECONDS = float(os.environ.get("DERIVABLE_FUZZ_SECONDS", "20"))
GIVEN = "DERIVABLE_FUZZ_SECONDS" in os.environ


@pytest.fixture(scope="module")
def service(
    tmp_path_factory: pytest.TempPathFactory, empty_database: Path, environment: dict[str, str]
) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("fuzz")
    with (
        attacked(folder, empty_database, environment, "--refresh_seconds=0.2") as running,
        chdir(folder),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
        patch.setenv("MLFLOW_EXPERIMENT_ID", "0")
        add_function("f", 1)
        register(LAYERS, "wave")
        yield running


def machine(service: Service, client: httpx.Client) -> type[RuleBasedStateMachine]:
    """Clients that ask anything, while the champion moves, is gone and comes back."""
    registry, end = mlflow.MlflowClient(), time.monotonic() + SECONDS

    class Clients(RuleBasedStateMachine):
        @rule(sent=requests())
        def ask(self, sent: Sent) -> None:
            if time.monotonic() < end:
                require_sound(sent, sent.to(client))

        @rule(version=st.sampled_from(["1", "2", None]))
        def move(self, version: str | None) -> None:
            if time.monotonic() > end:
                return
            if version is None:
                registry.delete_registered_model_alias("f", "champion")
            else:
                registry.set_registered_model_alias("f", "champion", version)

        @invariant()
        def lives(self) -> None:
            if time.monotonic() < end:
                assert client.get("/health/live").status_code == 200

    return Clients


def test_whatever_is_sent(service: Service) -> None:
    """Send as many examples as there is time for."""
    chosen = settings(
        max_examples=int(8 * SECONDS),
        stateful_step_count=50,
        deadline=None,
        database=None,
        derandomize=not GIVEN,
        suppress_health_check=list(HealthCheck),
    )
    with watching(service) as watch, httpx.Client(base_url=service.url, timeout=60) as client:
        run_state_machine_as_test(machine(service, client), settings=chosen)  # type: ignore[no-untyped-call]
    watch.require_sound()
    assert "Traceback" not in service.log.read_text()


def test_whatever_a_model_is(service: Service, tmp_path: Path) -> None:
    """A model whose files are damaged anywhere is checked to the end, and refused or sound."""
    folder = Path(mlflow.artifacts.download_artifacts("models:/f/1", dst_path=str(tmp_path)))
    dice, reasons = random.Random(0), list[str]()
    for round_ in range(12):
        path = folder / ("MLmodel" if round_ % 4 == 3 else "model.onnx")
        content = path.read_bytes()
        damaged = bytearray(content)
        for _ in range(dice.choice([1, 3, 30])):
            damaged[dice.randrange(len(damaged))] ^= 1 << dice.randrange(8)
        path.write_bytes(damaged[: dice.choice([len(damaged), len(damaged) // 2, len(damaged)])])
        try:
            checker.check(folder)
        except RefusedModel as error:
            reasons.append(str(error))
        path.write_bytes(content)
    assert reasons
    assert not [reason for reason in reasons if "ends with status" in reason]
    assert checker.check(folder)["kind"] == "function"
