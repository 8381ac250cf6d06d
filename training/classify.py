"""Entry point `classify`: train classifiers of pictures with several strengths of L2, and register the best."""

import sys

from training.classification.config import ClassifyConfig
from training.cli.entry_point import begin, enter

begin(__name__, ClassifyConfig)

from training.pipelines import classifier_summaries
from training.pipelines.classify import Classification, classify
from training.tracking import experiment

__all__ = ["Classification", "ClassifyConfig", "classify", "main"]


def main(arguments: list[str]) -> None:
    """Train what the command line says and tell the result in a few lines."""
    enter(ClassifyConfig, lambda config: _summary(classify(config)), arguments)


def _summary(result: Classification) -> str:
    config, best = result.config, result.best
    lines = [f"{config.named}, accuracy in %:", *classifier_summaries.accuracies(result.candidates, result.trained)]
    if len(result.trained) < len(config.l2_lambda) and not config.search:
        lines.append("the others diverged: see their runs")
    lines += [result.diagnosis, *result.findings.lines]
    if result.chosen is not None and not config.search:
        lines.append(f"λ = {result.chosen:g} is registered: the least loss on training pictures that were left out")
    if gain := best.test.accuracy - result.least_regularised.test.accuracy:
        lines.append(f"λ = {best.l2_lambda:g} gains {100 * gain:.2f} points on the test pictures")
    registered = [str(result.registered)] if result.registered else []
    return "\n".join([*lines, *registered, experiment.link(result.run_id)])


if __name__ == "__main__":
    main(sys.argv[1:])
