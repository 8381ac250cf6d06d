"""`make bench-classifiers`: networks of pictures beside scikit-learn, on known sets and on small ones of many kinds.

`python -m tests.benchmarks.picture_networks [FOLDER] [--whole]`. λ is chosen on training pictures, as `search` does it,
and so are the C and gamma of the support vector machines. What is not there is left out, and named. All of MNIST and of
Fashion-MNIST, which take minutes each, come with `--whole`.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from tests.benchmarks.page import write_section
from tests.benchmarks.picture_collections import collections
from tests.benchmarks.training import processor
from training.arrays import Array
from training.classification.config import ClassifyConfig
from training.classification.model_selection import Candidate, best, search
from training.classification.picture_sets import load_known
from training.classification.pictures import PictureSet
from training.classification.trained import Trained
from training.classification.training import train
from training.errors import InvalidParameter

SEEDS = 10
# Of the small sets: a decade apart, where the cats have half a decade.
_STRENGTHS = (1.0, 10.0, 100.0, 1000.0)
_GRID = {"svc__C": [1, 10, 100], "svc__gamma": ["scale", 1e-3, 1e-4]}


def config(pictures: str, network: str, **changes: Any) -> ClassifyConfig:
    """That network's defaults for a set."""
    named = {"dataset": "pictures", "data_dir": Path()} if pictures == "pictures" else {"dataset": pictures}
    return ClassifyConfig.model_validate({**named, "network": network, **changes})


def trained(of: ClassifyConfig, pictures: PictureSet) -> list[Trained]:
    """A training for each λ."""
    with TemporaryDirectory() as folder:
        return train(of, pictures, Path(folder))


def judged(of: ClassifyConfig, pictures: PictureSet) -> list[Candidate]:
    """How each λ does on training pictures that are left out."""
    with TemporaryDirectory() as folder:
        return search(of, pictures, Path(folder))


def chosen(of: ClassifyConfig, pictures: PictureSet) -> float:
    """The test accuracy of the λ that training pictures choose."""
    (one,) = trained(of.with_lambda(best(judged(of, pictures)).l2_lambda), pictures)
    return one.test.accuracy


def known_sets(folder: Path | None) -> list[str]:
    """MNIST and Fashion-MNIST by the convolutional network, each with the time that it took; in Markdown."""
    lines = ["| set, `network=conv` | test accuracy, % | epochs | s | s of all cores |", "|---|---|---|---|---|"]
    for name in ("mnist", "fashion_mnist"):
        try:
            pictures = load_known(name, folder)
        except InvalidParameter as error:
            print(f"left out: {error}")
            lines.append(f"| {name} | not there | | | |")
            continue
        began, used = perf_counter(), process_time()
        (one,) = trained(config(name, "conv"), pictures)
        lines.append(
            f"| {name} | **{100 * one.test.accuracy:.2f}** | {len(one.costs)} | {perf_counter() - began:.0f} "
            f"| {process_time() - used:.0f} |"
        )
    return lines


def cats(folder: Path | None) -> list[str]:
    """The cats by the features of a pretrained network: against λ, and over seeds; in Markdown."""
    pictures = load_known("cats", folder)
    rounds = [judged(config("cats", "features", seed=seed), pictures) for seed in range(SEEDS)]
    least = best(rounds[0]).l2_lambda
    tested = [
        one
        for seed in range(SEEDS)
        for one in trained(config("cats", "features", seed=seed, l2_lambda=(best(rounds[seed]).l2_lambda,)), pictures)
    ]
    crossed = [100 * best(candidates).validation_accuracy for candidates in rounds]
    accuracies = [100 * one.test.accuracy for one in tested]
    lines = [
        f"The cats, `network=features`, λ chosen without the test pictures, seeds 0 to {SEEDS - 1}: test "
        f"**{mean(accuracies):.1f} %** ({min(accuracies):.0f} to {max(accuracies):.0f}), cross-validated "
        f"**{mean(crossed):.1f} %** ({min(crossed):.1f} to {max(crossed):.1f}). What L2 does for it, with seed 0",
        f"(λ = {least:g} was chosen):",
        "",
        "| λ | training % | test % | cross-validated % | loss there |",
        "|---|---|---|---|---|",
    ]
    by_lambda = {one.l2_lambda: one for one in rounds[0]}
    for one in trained(config("cats", "features"), pictures):
        other = by_lambda[one.l2_lambda]
        lines.append(
            f"| {one.l2_lambda:g} | {100 * one.train.accuracy:.1f} | {100 * one.test.accuracy:.0f} "
            f"| {100 * other.validation_accuracy:.1f} | {other.validation_loss:.3f} |"
        )
    return lines


def pixels_of(pictures: PictureSet) -> tuple[Array, Array]:
    """Raw pixels of both parts."""
    train_part, test_part = (part.pixels.reshape(len(part), -1) / 255 for part in (pictures.train, pictures.test))
    return train_part, test_part


def features_of(pictures: PictureSet) -> tuple[Array, Array]:
    """Features of both parts, by the pretrained network."""
    from training.transfer.extraction import features

    train_part, test_part = (features(part.pixels).astype(float) for part in (pictures.train, pictures.test))
    return train_part, test_part


def support_vectors(seen: tuple[Array, Array], pictures: PictureSet) -> float:
    """The test accuracy of a support vector machine."""
    model = GridSearchCV(make_pipeline(StandardScaler(), SVC()), _GRID, cv=5)
    return float(model.fit(seen[0], pictures.train.labels).score(seen[1], pictures.test.labels))


def boosting(seen: tuple[Array, Array], pictures: PictureSet) -> float:
    """The test accuracy of gradient boosting."""
    # As it comes, but that its 20 samples in a leaf are all pictures of a class.
    model = HistGradientBoostingClassifier(min_samples_leaf=5, early_stopping=False, random_state=0)
    return float(model.fit(seen[0], pictures.train.labels).score(seen[1], pictures.test.labels))


CONTENDERS: Mapping[str, Callable[[PictureSet], float]] = {
    "features": lambda pictures: chosen(config("pictures", "features", l2_lambda=_STRENGTHS), pictures),
    "conv": lambda pictures: trained(config("pictures", "conv"), pictures)[0].test.accuracy,
    "dense": lambda pictures: chosen(config("pictures", "dense", epochs=200), pictures),
    "SVM, pixels": lambda pictures: support_vectors(pixels_of(pictures), pictures),
    "SVM, features": lambda pictures: support_vectors(features_of(pictures), pictures),
    "boosting, pixels": lambda pictures: boosting(pixels_of(pictures), pictures),
    "boosting, features": lambda pictures: boosting(features_of(pictures), pictures),
}


def small_sets(folder: Path | None) -> list[str]:
    """Twenty pictures of each class, by everything; in Markdown."""
    lines = [
        f"| set: classes, pictures to train and to test with | {' | '.join(CONTENDERS)} |",
        f"|---|{'---|' * len(CONTENDERS)}",
    ]
    for pictures in collections(folder):
        found = {}
        for name, contender in CONTENDERS.items():
            began = perf_counter()
            found[name] = contender(pictures)
            print(f"{pictures.name}, {name}: {found[name]:.3f}, {perf_counter() - began:.1f} s", file=sys.stderr)
        highest = max(found.values())
        told = [f"**{100 * value:.1f}**" if value == highest else f"{100 * value:.1f}" for value in found.values()]
        sizes = f"{len(pictures.classes)}, {len(pictures.train)}, {len(pictures.test)}"
        lines.append(f"| {pictures.name}: {sizes} | {' | '.join(told)} |")
    return lines


def report(folder: Path | None, whole: bool) -> str:
    """All of it, in Markdown."""
    np.seterr(over="ignore")
    began, used = perf_counter(), process_time()
    lines = [
        *([*known_sets(folder), ""] if whole else []),
        *cats(folder),
        "",
        "Small sets of many kinds, test accuracy in %, one draw; the highest is bold:",
        "",
        *small_sets(folder),
    ]
    seconds = f"{process_time() - used:.0f} s of its cores, {perf_counter() - began:.0f} s in all beside other work"
    return "\n".join([f"Machine: {processor()}: {seconds}.", "", *lines])


def main() -> None:
    """Measure everything, print it and write it into the page."""
    given = ArgumentParser(description=__doc__)
    given.add_argument(
        "folder", type=Path, nargs="?", help="that has the sets; the user's cache, and the net, unless given"
    )
    given.add_argument("--whole", action="store_true", help="all of MNIST and Fashion-MNIST too")
    asked = given.parse_args()
    text = report(asked.folder, asked.whole)
    print(text)
    write_section("networks", text)


if __name__ == "__main__":
    main()
