"""`make bench-serving`: the service beside a FastAPI route that only echoes, MLflow's own server, and NumPy.

One worker on one core, asked from another by wrk with 64 connections. All servers run at once and take turns, short and
many, each compared with its neighbours: machines that are shared change their speed within seconds.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from timeit import repeat

import httpx
import numpy as np

from serving.models.graphs import SessionsByOrder
from serving.models.tanh_layer import layer_of
from tests.benchmarks.page import write_section
from tests.benchmarks.training import processor
from training.export.function_model import Derivatives
from training.export.onnx_graph import to_onnx
from training.fit import fit
from training.models.networks import Network
from training.regression.config import FitConfig

TURNS, SECONDS, CONNECTIONS = 15, 1, 64
# When wrk goes away, a server goes on with what it has received: not at the cost of the next one's turn.
PAUSES = {"Derivable": 0.5, "echo": 0.5, "mlflow": 4.0}
# Beside clients whose requests take a second.
LARGE_CLIENTS, LARGE_TURNS, LARGE_SECONDS = 4, 5, 3
ORDERS = [0, 1, 2]
SERVER_CORE, CLIENT_CORE = "0", "1"
_ROOT = Path(__file__).parents[2]

Array = np.ndarray
# Requests per second, and the latencies p50 and p99 in milliseconds.
Measured = tuple[float, float, float]
# What was measured in each of the turns of a server.
Turns = Sequence[tuple[float, ...]]
# By number of points and server, what was measured in each turn.
Taken = dict[str, dict[str, list[Measured]]]


def bodies() -> dict[str, str]:
    """What is asked: a point, and 1,000 points with three orders."""
    many = np.linspace(-5, 5, 1_000).tolist()
    return {"1": json.dumps({"x": [0.5]}), "1,000": json.dumps({"x": many, "orders": ORDERS})}


def invocations(body: str) -> str:
    """The same for MLflow's own server, which always answers all orders."""
    return json.dumps({"inputs": {"x": json.loads(body)["x"]}})


@contextmanager
def server(command: list[str], port: int, ready: str) -> Iterator[str]:
    """A server on a core of its own; yields its address."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(_ROOT)}
    pinned = ["taskset", "--cpu-list", SERVER_CORE, *command]
    with subprocess.Popen(pinned, env=environment, stderr=subprocess.DEVNULL, start_new_session=True) as process:
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 120
        while not _answers(url + ready):
            assert time.monotonic() < deadline, command
            assert process.poll() is None, command
            time.sleep(0.2)
        try:
            yield url
        finally:
            os.killpg(process.pid, 15)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def servers(stack: ExitStack) -> dict[str, str]:
    """The addresses that are asked, by name."""
    ports = {name: free_port() for name in ("Derivable", "echo", "mlflow")}
    python = sys.executable
    commands = {
        "Derivable": ([python, "-m", "serving", f"--port={ports['Derivable']}"], "/health/ready"),
        "echo": (
            [python, "-m", "uvicorn", "tests.benchmarks.echo:app", "--no-access-log", f"--port={ports['echo']}"],
            "/docs",
        ),
        "mlflow": (
            [
                *(
                    python,
                    "-m",
                    "mlflow",
                    "models",
                    "serve",
                    "-m",
                    "models:/gaussian@champion",
                    "--env-manager",
                    "local",
                ),
                *("--workers", "1", "--port", str(ports["mlflow"])),
            ],
            "/ping",
        ),
    }
    paths = {"Derivable": "/functions/gaussian/evaluate", "echo": "/echo", "mlflow": "/invocations"}
    return {
        name: stack.enter_context(server(command, ports[name], ready)) + paths[name]
        for name, (command, ready) in commands.items()
    }


def wrk(url: str, body: str, folder: Path, seconds: int = SECONDS) -> Measured:
    """Requests per second, and the latencies p50 and p99 in milliseconds.

    Raises:
        RuntimeError: a request failed.
    """
    command = _asking(url, body, folder, CONNECTIONS, seconds)
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(said)
    (rate,) = re.findall(r"Requests/sec:\s+([\d.]+)", said)
    low, high = (re.findall(rf"{part}%\s+([\d.]+)(us|ms|s)", said)[0] for part in (50, 99))
    return float(rate), _milliseconds(*low), _milliseconds(*high)


def _asking(url: str, body: str, folder: Path, connections: int, seconds: int = SECONDS) -> list[str]:
    script = folder / f"{connections}.lua"
    script.write_text(f"wrk.method = 'POST'\nwrk.body = '{body}'\nwrk.headers['Content-Type'] = 'application/json'\n")
    pinned = ["taskset", "--cpu-list", CLIENT_CORE]
    command = [*pinned, *f"wrk -t1 -c{connections} -d{seconds}s --latency --timeout=10s".split()]
    return [*command, "-s", str(script), url]


def beside_large(url: str, folder: Path) -> tuple[float, float]:
    """The p99 of single points in milliseconds: alone, and beside some clients that ask for 100,000 each."""
    large = json.dumps({"x": np.linspace(-5, 5, 100_000).tolist(), "orders": ORDERS})
    turns = []
    for _ in range(LARGE_TURNS):
        alone = wrk(url, bodies()["1"], folder, LARGE_SECONDS)[2]
        asking = _asking(url, large, folder, LARGE_CLIENTS, LARGE_SECONDS)
        with subprocess.Popen(asking, stdout=subprocess.DEVNULL) as others:
            beside = wrk(url, bodies()["1"], folder, LARGE_SECONDS)[2]
            others.wait()
        turns.append((alone, beside))
    alone, beside = (median(column) for column in zip(*turns, strict=True))
    return alone, beside


def _milliseconds(number: str, unit: str) -> float:
    return float(number) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]


def numpy_derivatives(network: Network, x: Array) -> list[Array]:
    """f, f', f'' of a tanh network in one piece, as anyone would write it in NumPy."""
    weights = [weight.detach().numpy() for weight in network.weights]
    biases = [bias.detach().numpy() for bias in network.biases]
    scaling = network.scaling
    a = ((x - scaling.x_center) / scaling.x_scale)[:, None]
    a1, a2 = np.full_like(a, 1 / scaling.x_scale), np.zeros_like(a)
    for weight, bias in list(zip(weights, biases, strict=True))[:-1]:
        a, a1, a2 = a @ weight + bias, a1 @ weight, a2 @ weight
        t = np.tanh(a)
        slope = 1 - t**2
        a, a1, a2 = t, slope * a1, slope * a2 - 2 * t * slope * a1**2
    values = [a @ weights[-1] + biases[-1], a1 @ weights[-1], a2 @ weights[-1]]
    return [scaling.y_scale * value[:, 0] + (scaling.y_center if k == 0 else 0) for k, value in enumerate(values)]


def beside_numpy(network: Network) -> tuple[float, float]:
    """Milliseconds for 10,001 points and three orders: of the service's evaluation, and of NumPy in one piece."""
    module = Derivatives(network, 4)
    graph, x = to_onnx(module, module.outputs), np.linspace(-5, 5, 10_001)
    cuts = SessionsByOrder(graph, range(5))
    cuts.layer = layer_of(graph)
    np.testing.assert_allclose(cuts(x, ORDERS, ()), numpy_derivatives(network, x), rtol=0, atol=1e-10)
    contenders = (lambda: cuts(x, ORDERS, ()), lambda: numpy_derivatives(network, x))
    ours, theirs = (min(repeat(contender, number=5, repeat=10)) / 5 * 1e3 for contender in contenders)
    return ours, theirs


def measure(folder: Path) -> tuple[Taken, tuple[float, float]]:
    """What was measured; and the p99 of single points, alone and not."""
    taken: Taken = {points: {} for points in bodies()}
    with ExitStack() as stack:
        urls = servers(stack)
        for _ in range(TURNS):
            for points, body in bodies().items():
                for name, url in urls.items():
                    sent = invocations(body) if name == "mlflow" else body
                    taken[points].setdefault(name, []).append(wrk(url, sent, folder))
                    time.sleep(PAUSES[name])
        fair = beside_large(urls["Derivable"], folder)
    return taken, fair


def ratio(turns: Turns, others: Turns, place: int = 0) -> float:
    """How many times the neighbours' numbers those of the turns are, in the middle."""
    return median(one[place] / other[place] for one, other in zip(turns, others, strict=True))


def report(taken: Taken, fair: tuple[float, float], ours: float, theirs: float) -> str:
    """What the page says."""
    goals = {"1": (0.8, 4), "1,000": (0.3, 10)}
    columns = ("points", "Derivable", "p50, p99", "of the echo", "the echo's p50, p99", "p99, times the echo's")
    lines = [
        f"Machine: {processor()}; one worker on one core, wrk on another with {CONNECTIONS} connections; requests per",
        f"second, medians of {TURNS} turns and of their ratios. The echo is a bare FastAPI route, which answers what",
        "it is asked.",
        "",
        f"| {' | '.join(columns)} | times `mlflow models serve` |",
        "|---|---|---|---|---|---|---|",
    ]
    for points, (of_echo, of_mlflow) in goals.items():
        rows = [taken[points][name] for name in ("Derivable", "echo", "mlflow")]
        own, echo, mlflow = rows
        (rate, *times), (bare, *bare_times), (other, *_) = (map(median, zip(*row, strict=True)) for row in rows)
        lines.append(
            f"| {points} | **{rate:,.0f}** | {latencies(*times)} "
            f"| {ratio(own, echo):.2f} of {bare:,.0f} (goal {of_echo}) | {latencies(*bare_times)} "
            f"| {ratio(own, echo, 2):.2f} (goal at most 1.5) "
            f"| {ratio(own, mlflow):.1f} times {other:,.0f} (goal {of_mlflow}) |"
        )
    return "\n".join(
        [
            *lines,
            "",
            f"10,001 points with three orders are evaluated in {ours:.1f} ms. NumPy, in one piece and with one thread,",
            f"takes {theirs / ours:.1f} times that (goal 3).",
            f"Beside {LARGE_CLIENTS} clients that ask for 100,000 points each, a point's p99 is {fair[1]:.0f} ms,",
            f"{fair[1] / fair[0]:.1f} times its p99 alone (goal at most 5).",
        ]
    )


def latencies(p50: float, p99: float) -> str:
    """Of half and of nearly all requests."""
    return f"{p50:.1f} ms, {p99:.1f} ms"


def main() -> None:
    """Fit, register, serve and ask."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is needed: apt-get install wrk")
    with tempfile.TemporaryDirectory() as temporary:
        os.environ |= {
            "MLFLOW_TRACKING_URI": f"sqlite:///{temporary}/mlflow.db",
            "XDG_CACHE_HOME": f"{temporary}/cache",
        }
        os.chdir(temporary)
        network = fit(FitConfig(epochs=15)).network
        taken, fair = measure(Path(temporary))
        os.chdir(_ROOT)
    text = report(taken, fair, *beside_numpy(network))
    print(text)
    write_section("serving", text)


if __name__ == "__main__":
    main()
