"""`make bench-umbridge`: a function of two variables beside a bare echo, and beside UM-Bridge's own Python server.

UM-Bridge's server has the same graph in the same runtime. As in tests.benchmarks.serving, each server has one core, wrk
another, and they take turns; so does UM-Bridge's own client, which asks one question after the other. The turns are
short and many, and each is compared with its neighbour: machines that are shared change their speed within seconds.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import onnxruntime
import umbridge

from tests.benchmarks.page import write_section
from tests.benchmarks.serving import free_port, latencies, ratio, server, wrk
from tests.benchmarks.training import processor
from tests.support.fields import layers
from tests.support.served_field import register
from training.export.field_graph import FieldDerivatives, to_onnx
from training.models.field_network import FieldNetwork

LAYERS = layers((2, 30, 30, 1))
POINT, CALLS = [0.5, 0.2], 200
TURNS, SECONDS, PAUSE = 20, 1, 0.5
_EVALUATE = {"name": "wave", "input": [POINT], "config": {}}
_GRADIENT = _EVALUATE | {"outWrt": 0, "inWrt": 0, "sens": [1.0]}
_ROOT = Path(__file__).parents[2]
# What is asked of whom: the path of each server, and the body.
ROWS: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "value and gradient": (
        {"Derivable": "/functions/wave/evaluate", "echo": "/echo-rows"},
        {"x": [POINT], "orders": [0, 1]},
    ),
    "UM-Bridge's Evaluate": ({"Derivable": "/umbridge/Evaluate", "umbridge": "/Evaluate"}, _EVALUATE),
    "UM-Bridge's Gradient": ({"Derivable": "/umbridge/Gradient", "umbridge": "/Gradient"}, _GRADIENT),
}


# By question and server, what was measured in each turn.
Taken = dict[tuple[str, str], list[tuple[float, ...]]]


class Peer(umbridge.Model):  # type: ignore[misc]
    """The same function for UM-Bridge's own server."""

    def __init__(self) -> None:
        super().__init__("wave")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        graph = to_onnx(FieldDerivatives(FieldNetwork(LAYERS), 1)).SerializeToString()
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    def get_input_sizes(self, config: Any) -> list[int]:
        return [2]

    def get_output_sizes(self, config: Any) -> list[int]:
        return [1]

    def __call__(self, parameters: Any, config: Any) -> list[list[float]]:
        found: list[list[float]] = self._answer("value", parameters).tolist()
        return found

    def gradient(self, out_wrt: int, in_wrt: int, parameters: Any, sens: list[float], config: Any) -> list[float]:
        found: list[float] = (sens @ self._answer("gradient", parameters)[0]).tolist()
        return found

    def _answer(self, output: str, parameters: Any) -> np.ndarray:
        return np.asarray(self._session.run([output], {"x": parameters})[0])

    def supports_evaluate(self) -> bool:
        return True

    def supports_gradient(self) -> bool:
        return True


def servers(stack: ExitStack) -> dict[str, str]:
    """The addresses of the service, the echo and UM-Bridge's server."""
    python, ports = sys.executable, {name: free_port() for name in ("Derivable", "echo", "umbridge")}
    echo = [python, "-m", "uvicorn", "tests.benchmarks.echo:app", "--no-access-log", f"--port={ports['echo']}"]
    commands = {
        "Derivable": ([python, "-m", "serving", f"--port={ports['Derivable']}"], "/health/ready"),
        "echo": (echo, "/docs"),
        "umbridge": ([python, "-m", "tests.benchmarks.umbridge", str(ports["umbridge"])], "/Info"),
    }
    return {
        name: stack.enter_context(server(command, ports[name], ready)) for name, (command, ready) in commands.items()
    }


def per_second(model: Callable[[list[list[float]]], Any]) -> float:
    """Calls of a client, one after the other."""
    started = time.perf_counter()
    for _ in range(CALLS):
        model([POINT])
    return CALLS / (time.perf_counter() - started)


def measure(folder: Path, turns: int = TURNS) -> list[str]:
    """The rows of the table, medians of all turns."""
    taken: Taken = {}
    with ExitStack() as stack:
        urls = servers(stack)
        addresses = {"Derivable": f"{urls['Derivable']}/umbridge", "umbridge": urls["umbridge"]}
        clients = {name: umbridge.HTTPModel(address, "wave") for name, address in addresses.items()}
        for _ in range(turns):
            for row, (paths, body) in ROWS.items():
                for name, path in paths.items():
                    taken.setdefault((row, name), []).append(wrk(urls[name] + path, json.dumps(body), folder, SECONDS))
                    time.sleep(PAUSE)
            for name, client in clients.items():
                taken.setdefault(("its client, one by one", name), []).append((per_second(client), 0.0, 0.0))
    return [_row(name, taken) for name in (*ROWS, "its client, one by one")]


def _row(name: str, taken: Taken) -> str:
    (other,) = (key[1] for key in taken if key[0] == name and key[1] != "Derivable")
    ours, beside = taken[name, "Derivable"], taken[name, other]
    (rate, *own), (others_rate, *others) = (map(median, zip(*turns, strict=True)) for turns in (ours, beside))
    said, theirs = (latencies(*pair) if any(pair) else "" for pair in (own, others))
    goal = " (goal 0.8)" if other == "echo" else ""
    times = f"{ratio(ours, beside):.2f}{goal}"
    return f"| {name} | **{rate:,.0f}** | {said} | {other} | {others_rate:,.0f} | {theirs} | {times} |"


def main() -> None:
    """Register, serve and ask; or, with a port, be the other server."""
    if len(sys.argv) > 1:
        umbridge.serve_models([Peer()], int(sys.argv[1]))
        return
    with tempfile.TemporaryDirectory() as temporary:
        os.environ |= {"MLFLOW_TRACKING_URI": f"sqlite:///{temporary}/mlflow.db"}
        os.chdir(temporary)
        register(LAYERS, "wave")
        rows = measure(Path(temporary))
        os.chdir(_ROOT)
    head = [
        f"Machine: {processor()}; one worker on one core, wrk on another with 64 connections; requests per second,",
        f"medians of {TURNS} turns: a point of a function of two variables, of two hidden layers of 30 units. The last",
        "column is the median of the turns' own ratios.",
        "",
        "| question | Derivable | p50, p99 | beside | requests per second | p50, p99 | times that |",
        "|---|---|---|---|---|---|---|",
    ]
    text = "\n".join([*head, *rows])
    print(text)
    write_section("umbridge", text)


if __name__ == "__main__":
    main()
