"""Train, register, serve, compare: the two halves agree, and so does a server that knows neither."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import torch
from PIL import Image
from pydantic import BaseModel
from torch import Tensor
from torch.func import jacfwd, vmap

from serving.errors import NotPictures
from serving.models import classifiers, fields, functions
from tests.support.rounding import assert_close
from tests.support.served_field import LAYERS, register
from tests.support.served_pictures import classifier_metadata, decoded
from tests.support.service import serving
from training.classification.config import ClassifyConfig
from training.classification.picture_sets import load
from training.evaluation.accuracy import relative_l2
from training.export.metadata import ClassifierMetadata, FieldMetadata, FunctionMetadata
from training.fit import Fit, fit
from training.models import field_network
from training.models.field_network import FieldNetwork
from training.models.jets import ACTIVATIONS
from training.models.networks import posterior_std
from training.pipelines.fit_field import FieldFit, fit_field
from training.regression.config import FitConfig
from training.targets.named import Gaussian

X = np.linspace(-5, 5, 101)


def truths(result: Fit, orders: int) -> list[np.ndarray]:
    """The derivatives of the trained network by torch.func."""

    def function(value: Tensor) -> Tensor:
        answer: Tensor = result.network(value.unsqueeze(0))[0].squeeze(0)
        return answer

    values, derivative = [], function
    for _ in range(orders):
        values.append(vmap(derivative)(torch.from_numpy(X)).detach().numpy())
        derivative = jacfwd(derivative)
    return values


def assert_same(answers: dict[int, list[float]], result: Fit) -> None:
    # The output layer adds up what may be far larger than its sum.
    terms = float(result.network.weights[-1].detach().abs().sum()) * result.network.scaling.y_scale
    for order, truth in enumerate(truths(result, len(answers))):
        magnitude = max(1.0, terms, np.abs(truth).max())
        assert_close(answers[order], truth, roundings=500 * (order + 1), magnitude=magnitude)


def fitted(name: str) -> Fit:
    """A fit of no use but this."""
    given = {"points": 201, "hidden": "7,6", "epochs": 2, "activation": name}
    return fit(FitConfig.model_validate({**given, "register_as": name, "champion": "always"}))


def test_the_service_answers_as_torch_does(
    store: str, tmp_path: Path, environment: dict[str, str], project: Path
) -> None:
    results = {name: fitted(name) for name in ACTIVATIONS}
    with serving(tmp_path, environment | {"PYTHONPATH": str(project)}) as service:
        for name, result in results.items():
            orders = list(range(5))
            body = {"x": X.tolist(), "orders": orders}
            answer = service.client.post(f"/functions/{name}/evaluate", json=body).json()
            assert answer["model"]["run_id"] == result.run_id
            assert_same({int(order): values for order, values in answer["derivatives"].items()}, result)
            warned = "piecewise linear: derivatives of order 2 and above are zero almost everywhere"
            assert (warned in answer["warnings"]) == (name == "relu")


def test_precise_fits_are_served_with_their_precision(
    store: str, tmp_path: Path, environment: dict[str, str], project: Path
) -> None:
    """ONNX Runtime, JSON and HTTP lose nothing."""
    asked = {"bell": ("gaussian", "-5,5"), "level": ("psi_20", "-9,9"), "decay": ("exp(-x)*sin(40*x)", "0,5")}
    asked["decades"] = ("log(x)", "1e-6,1e6")
    configs = {
        name: FitConfig(target=target, domain=domain, register_as=name, max_order=2)
        for name, (target, domain) in asked.items()
    }
    results = {name: fit(config) for name, config in configs.items()}
    with serving(tmp_path, environment | {"PYTHONPATH": str(project)}) as service:
        for name, config in configs.items():
            x, target = results[name].samples.domain.midpoints(), config.function
            assert target is not None
            body = {"x": x.tolist(), "orders": [0, 1, 2]}
            answer = service.client.post(f"/functions/{name}/evaluate", json=body).json()
            assert answer["warnings"] == []
            for order, bound in enumerate([1e-11, 1e-9, 1e-8]):
                error = relative_l2(np.array(answer["derivatives"][str(order)]), target.derivative(x, order))
                assert error < bound, name
                # Another order of the sums changes what is rounding.
                assert error == pytest.approx(results[name].metrics[f"error_d{order}"], rel=0.2), name


def test_a_fit_of_noisy_data_is_served_with_its_band(
    store: str, tmp_path: Path, environment: dict[str, str], project: Path
) -> None:
    x = np.linspace(-5, 5, 200)
    y = Gaussian().derivative(x) + 0.01 * np.random.default_rng(0).normal(size=200)
    np.save(tmp_path / "noisy.npy", np.column_stack([x, y]))
    result = fit(FitConfig(data=tmp_path / "noisy.npy", max_order=1))
    with serving(tmp_path, environment | {"PYTHONPATH": str(project)}) as service:
        body = {"x": X.tolist(), "orders": [0, 1]}
        answer = service.client.post("/functions/noisy/evaluate", json=body).json()
        (model,) = service.client.get("/models").json()
    assert model["bands"] == [0, 1, 2]
    assert set(model["errors"]) == {"d0", "max_error"}
    assert_same({int(order): values for order, values in answer["derivatives"].items()}, result)
    expected = posterior_std(result.network, X)
    assert list(answer["standard_deviations"]) == ["0", "1"]
    for order in (0, 1):
        # As many as the features have, by which the root of the covariance is multiplied.
        assert_close(answer["standard_deviations"][str(order)], expected[order], roundings=200**2)


def assert_same_field(answer: dict[str, Any], result: FieldFit, x: np.ndarray) -> None:
    network = FieldNetwork(result.layers)
    # The output layer adds up what may be far larger than its sum, and a derivative multiplies it by what it is of.
    terms = float(np.abs(result.layers.weights[-1]).sum(axis=0).max() * result.layers.scaling.y_scale.max())
    steepness = float(np.abs(result.layers.weights[0] / result.layers.scaling.x_scale[:, None]).max())
    for order, truth in enumerate(field_network.evaluate(network, x, 2)):
        found = np.array(answer[("value", "gradient", "hessian")[order]])
        magnitude = max(terms * max(1.0, steepness) ** order, np.abs(truth).max())
        assert_close(found, truth, roundings=50, magnitude=magnitude)


def test_functions_of_several_variables_are_served_as_the_network_has_them(
    store: str, tmp_path: Path, environment: dict[str, str], project: Path
) -> None:
    rng = np.random.default_rng(0)
    rows = rng.uniform(-1, 1, (300, 2))
    y = np.sin(rows[:, 0] + 2 * rows[:, 1]) + rng.normal(0, 0.3, 300)
    np.savetxt(tmp_path / "noisy.csv", np.column_stack([rows, y]), delimiter=",", header="a,b,u", comments="")
    given: dict[str, dict[str, Any]] = {
        "plane": {"target": "sin(x)*y; x*y**2", "domain": "x:-2,2; y:-1,1", "points": 800},
        "noisy": {"data": tmp_path / "noisy.csv", "x_column": "a,b", "y_column": "u"},
    }
    results = {
        name: fit_field(FitConfig.model_validate(fields_ | {"register_as": name, "champion": "always"}))
        for name, fields_ in given.items()
    }
    x = rng.uniform(-1, 1, (20, 2))
    with serving(tmp_path, environment | {"PYTHONPATH": str(project)}) as service:
        for name, result in results.items():
            body = {"x": x.tolist(), "orders": [0, 1, 2]}
            answer = service.client.post(f"/functions/{name}/evaluate", json=body).json()
            assert answer["model"]["run_id"] == result.run_id
            assert_same_field(answer, result, x)
            evident = result.best.evident
            assert ("standard_deviations" in answer) == (evident is not None) == (name == "noisy")
            if evident:
                found = answer["standard_deviations"]
                for of, truth in zip(("value", "gradient"), evident.posterior_std(x), strict=True):
                    assert_close(np.array(found[of]), truth, roundings=10_000, magnitude=np.abs(truth).max())
        listed = {model["name"]: model for model in service.client.get("/models").json()}
    assert listed["plane"]["errors"].keys() == {"value", "gradient", "hessian", "max_error"}
    assert listed["noisy"]["noise"] == pytest.approx([0.3], rel=0.25)


def test_mlflow_s_own_server_answers_every_order(store: str, tmp_path: Path, environment: dict[str, str]) -> None:
    result = fitted("tanh")
    with _mlflow_server(store, "tanh", tmp_path, environment) as ask:
        answer = ask({"inputs": {"x": X.tolist()}})
    assert set(answer["predictions"]) == {"d0", "d1", "d2", "d3", "d4"}
    assert_same({order: answer["predictions"][f"d{order}"] for order in range(5)}, result)


def test_mlflow_s_own_server_answers_value_gradient_and_hessian(
    store: str, tmp_path: Path, environment: dict[str, str]
) -> None:
    register(LAYERS, "wave")
    x = np.random.default_rng(0).uniform(-1, 1, (7, 2))
    with _mlflow_server(store, "wave", tmp_path, environment) as ask:
        answer = ask({"inputs": {"x": x.tolist()}})["predictions"]
    for name, truth in zip(
        ("value", "gradient", "hessian"), field_network.evaluate(FieldNetwork(LAYERS), x, 2), strict=True
    ):
        assert_close(np.array(answer[name]), truth, roundings=1_000, magnitude=max(1, np.abs(truth).max()))


@contextmanager
def _mlflow_server(
    store: str, name: str, folder: Path, environment: dict[str, str]
) -> Iterator[Callable[[dict[str, object]], dict[str, Any]]]:
    """MLflow's server of a model; yields what asks it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["mlflow", "models", "serve", "-m", f"models:/{name}@champion", "--env-manager", "local"]
    own, url = environment | {"MLFLOW_TRACKING_URI": store}, f"http://127.0.0.1:{port}/invocations"
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen([*command, "-p", str(port)], env=own, stdout=log, stderr=log) as process,
    ):
        try:
            yield lambda body: _ask(url, body, process, folder / "log")
        finally:
            process.terminate()


def _ask(url: str, body: dict[str, object], process: "subprocess.Popen[bytes]", log: Path) -> dict[str, Any]:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        try:
            answer: dict[str, Any] = httpx.post(url, json=body).json()
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return answer
    return pytest.fail(f"the server did not answer:\n{log.read_text()}")


def kept(seed: int) -> dict[str, Image.Image]:
    """Random pixels in the ways that a file may keep them, by the file's name."""
    draw = np.random.default_rng(seed)
    grey, alpha = draw.integers(0, 256, (2, 12, 12), dtype=np.uint8)
    colours = draw.integers(0, 256, (12, 12, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x0112] = int(draw.integers(1, 9))
    turned = Image.fromarray(colours)
    turned.info["exif"] = exif.tobytes()
    return {
        "grey.png": Image.fromarray(grey),
        "deep.png": Image.fromarray(draw.integers(0, 2**16, (12, 12), dtype=np.uint16)),
        "alpha.png": Image.fromarray(np.dstack([colours, alpha])),
        "grey_alpha.png": Image.fromarray(np.dstack([grey, alpha])),
        "palette.png": Image.fromarray(colours).quantize(17),
        "bits.png": Image.fromarray(grey > 127),
        "colours.jpg": Image.fromarray(colours),
        "inks.jpg": Image.fromarray(colours).convert("CMYK"),
        "turned.jpg": turned,
        "turned.png": turned,
        "palette.gif": Image.fromarray(colours).quantize(17),
        "deep.tif": Image.fromarray(draw.integers(0, 2**16, (12, 12), dtype=np.uint16)),
        "inks.tiff": Image.fromarray(colours).convert("CMYK"),
        "colours.bmp": Image.fromarray(colours),
        "colours.webp": Image.fromarray(colours),
    }


def test_a_picture_is_the_same_to_training_and_to_the_service(tmp_path: Path) -> None:
    names, form = list(kept(0)), classifier_metadata("resize", 12, 12, 3)
    for seed in range(3):
        for name, image in kept(seed).items():
            folder = tmp_path / "pictures" / name
            folder.mkdir(parents=True, exist_ok=True)
            options = {"exif": image.info["exif"]} if "exif" in image.info else {}
            image.save(folder / f"{seed}{folder.suffix}", **options)
    trained = load(ClassifyConfig(dataset="pictures", data_dir=tmp_path / "pictures", test_part=1 / 3))
    assert trained.shape == (12, 12, 3)
    pixels, labels = (
        np.concatenate([getattr(part, of) for part in (trained.train, trained.test)]) for of in ("pixels", "labels")
    )
    for name in names:
        seen = {picture.tobytes() for picture in pixels[labels == trained.classes.index(name)]}
        files = [(path.name, path.read_bytes()) for path in sorted((tmp_path / "pictures" / name).iterdir())]
        if name.endswith((".png", ".jpg")):
            served = {decoded(content, form, file).tobytes() for file, content in files}
            assert served == seen
        else:
            for file, content in files:
                with pytest.raises(NotPictures, match=r"^'\d\.\w+' is a \w+ picture: expected PNG or JPEG$"):
                    decoded(content, form, file)


@pytest.mark.parametrize(
    ("written", "read", "unread"),
    [
        (FunctionMetadata, functions.Metadata, set()),
        (FieldMetadata, fields.Metadata, {"source"}),
        (ClassifierMetadata, classifiers.Metadata, {"source"}),
    ],
)
def test_what_a_version_says_of_itself_is_what_the_service_reads(
    written: Any, read: type[BaseModel], unread: set[str]
) -> None:
    assert written.__annotations__.keys() - read.model_fields == unread
    assert read.model_fields.keys() <= written.__annotations__.keys()
    needed = {name for name, field in read.model_fields.items() if field.is_required()}
    assert needed <= written.__required_keys__
