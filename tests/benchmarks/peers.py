"""The same training in this project and as its users would otherwise write it.

Each contender is a function that prepares one setting and returns what trains it for one epoch, and returns the seconds
per run and epoch. All take the gaussian, ReLU, Adam, float32, shuffled batches. `python -m tests.benchmarks.peers NAME`
is a worker: it reads settings and answers with seconds, so that contenders can take turns.
"""

import json
import logging
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

POINTS = 10_001
Epoch = Callable[[], float]


def samples() -> tuple[Any, Any]:
    x = np.linspace(-5, 5, POINTS, dtype=np.float32)
    return x[:, None], (np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)).astype(np.float32)[:, None]


def timed(body: Callable[[], object], runs: int = 1) -> Epoch:
    def epoch() -> float:
        start = perf_counter()
        body()
        return (perf_counter() - start) / runs

    return epoch


def derivable(hidden: int, batch: int, runs: int) -> Epoch:
    """Through Lightning's Trainer, as `make fit` does."""
    from training.regression.config import FitConfig
    from training.regression.sampling import sample
    from training.regression.trainer import train

    given = FitConfig(
        hidden=(hidden, hidden),
        batch_size=batch,
        runs=runs,
        epochs=15,
        activation="relu",
        learning_rate=1e-3,
        dtype="float32",
    )
    config = given
    samples = sample(config, config.seed)

    def epoch() -> float:
        with tempfile.TemporaryDirectory() as folder:
            members = list(train(config, samples, Path(folder)))
        return sum(member.seconds for member in members) / runs / config.epochs

    return epoch


def jax(hidden: int, batch: int, runs: int) -> Epoch:
    """An epoch is one compiled scan; many runs are its vmap. The samples behind the last full batch are left out."""
    import jax
    import jax.numpy as jnp

    x, y = map(jnp.asarray, samples())

    def start(key: Any) -> Any:
        parameters = []
        for fan_in, fan_out in ((1, hidden), (hidden, hidden), (hidden, 1)):
            key, own = jax.random.split(key)
            limit = (6 / (fan_in + fan_out)) ** 0.5
            weights = jax.random.uniform(own, (fan_in, fan_out), minval=-limit, maxval=limit)
            parameters.append((weights, jnp.zeros(fan_out)))
        zeros = jax.tree.map(jnp.zeros_like, parameters)
        return parameters, zeros, zeros, jnp.float32(0)

    def loss(parameters: Any, x: Any, y: Any) -> Any:
        for weights, bias in parameters[:-1]:
            x = jax.nn.relu(x @ weights + bias)
        weights, bias = parameters[-1]
        return jnp.mean((x @ weights + bias - y) ** 2)

    def step(state: Any, xy: Any) -> Any:
        p, m, v, t = state
        g, t = jax.grad(loss)(p, *xy), t + 1
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
        a, b = 1e-3 / (1 - 0.9**t), 1 / (1 - 0.999**t)
        return (jax.tree.map(lambda p, m, v: p - a * m / (jnp.sqrt(b * v) + 1e-8), p, m, v), m, v, t), None

    def epoch(state: Any, key: Any) -> Any:
        order = jax.random.permutation(key, POINTS)[: POINTS // batch * batch]
        return jax.lax.scan(step, state, (x[order].reshape(-1, batch, 1), y[order].reshape(-1, batch, 1)))[0]

    keys = jax.random.split(jax.random.key(0), runs)
    state = jax.vmap(start)(keys) if runs > 1 else start(keys[0])
    compiled = jax.jit(jax.vmap(epoch) if runs > 1 else epoch)

    def body() -> None:
        nonlocal state
        state = jax.block_until_ready(compiled(state, keys if runs > 1 else keys[0]))

    return timed(body, runs)


def keras(hidden: int, batch: int, runs: int) -> Epoch:
    """Keras on TensorFlow, with its fit."""
    import keras
    import tensorflow

    tensorflow.config.threading.set_intra_op_parallelism_threads(1)
    tensorflow.config.threading.set_inter_op_parallelism_threads(1)
    x, y = samples()
    layers = [keras.layers.Dense(hidden, activation="relu"), keras.layers.Dense(hidden, activation="relu")]
    model = keras.Sequential([keras.Input((1,)), *layers, keras.layers.Dense(1)])
    model.compile(optimizer="adam", loss="mse")
    return timed(lambda: model.fit(x, y, batch_size=batch, epochs=1, verbose=0))


def scikit_learn(hidden: int, batch: int, runs: int) -> Epoch:
    """MLPRegressor, a pass at a time."""
    from sklearn.neural_network import MLPRegressor

    x, y = samples()
    model = MLPRegressor(hidden_layer_sizes=(hidden, hidden), batch_size=batch)
    return timed(lambda: model.partial_fit(x, y[:, 0]))


def _sequential(hidden: int) -> Any:
    from torch import nn

    return nn.Sequential(
        nn.Linear(1, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 1)
    )  # fmt: skip


def pytorch(hidden: int, batch: int, runs: int) -> Epoch:
    """A plain loop with autograd and torch.optim."""
    import torch

    torch.set_num_threads(1)
    x, y = map(torch.from_numpy, samples())
    network = _sequential(hidden)
    optimizer = torch.optim.Adam(network.parameters())

    def body() -> None:
        for chosen in torch.split(torch.randperm(POINTS), batch):
            optimizer.zero_grad()
            torch.nn.functional.mse_loss(network(x[chosen]), y[chosen]).backward()  # type: ignore[no-untyped-call]
            optimizer.step()

    return timed(body)


def lightning(hidden: int, batch: int, runs: int) -> Epoch:
    """Lightning as its tutorials have it: automatic optimization, a DataLoader of batches."""
    import pytorch_lightning
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    torch.set_num_threads(1)
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)

    class Module(pytorch_lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.network = _sequential(hidden)

        def training_step(self, batch: Any, batch_index: int) -> Any:
            x, y = batch
            return torch.nn.functional.mse_loss(self.network(x), y)

        def configure_optimizers(self) -> Any:
            return torch.optim.Adam(self.parameters())

    module = Module()
    data = DataLoader(TensorDataset(*map(torch.from_numpy, samples())), batch_size=batch, shuffle=True)

    def body() -> None:
        pytorch_lightning.Trainer(
            max_epochs=1, accelerator="cpu", logger=False, enable_checkpointing=False,
            enable_progress_bar=False, enable_model_summary=False,
        ).fit(module, data)  # fmt: skip

    return timed(body)


def peak(hidden: int, batch: int, runs: int) -> Epoch:
    """Not a training: seconds per 10⁹ operations of a large matrix product, the better of NumPy and torch."""
    import torch

    torch.set_num_threads(1)
    a = np.random.default_rng(0).standard_normal((1_536, 1_536), dtype=np.float32)
    b, billions = torch.from_numpy(a), 2 * 1_536**3 / 1e9
    products = [timed(lambda: a @ a), timed(lambda: b @ b)]
    return lambda: min(product() for product in products) / billions


CONTENDERS = {f.__name__: f for f in (derivable, jax, keras, scikit_learn, pytorch, lightning, peak)}


def main(name: str) -> None:
    """Answer each line {"hidden", "batch", "runs"} with the seconds of one measurement."""
    warnings.simplefilter("ignore")
    prepared: dict[str, Epoch] = {}
    for line in sys.stdin:
        if line not in prepared:
            prepared[line] = CONTENDERS[name](**json.loads(line))
            prepared[line]()
        print(f"seconds {prepared[line]()}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
