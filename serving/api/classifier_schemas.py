"""What goes over the wire to and from classifiers."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from serving.api.schemas import Served, described
from serving.models.classifiers import Classifier


class Predict(BaseModel):
    """Pictures as pixels: one of the classifier's shape, or several; whole numbers from 0 to 255."""

    model_config = ConfigDict(extra="forbid")

    pixels: list[Any] = Field(
        min_length=1,
        description="(height, width) or (height, width, 3), or a list of these; rows from the top",
        examples=[[[0, 255], [255, 0]]],
    )


class Prediction(BaseModel):
    """The likeliest class of a picture, and the probability of each class, by name; they add up to one.

    The rest is of classifiers that say it.
    """

    class_name: str
    probability: float
    probabilities: dict[str, float]
    known: bool | None = Field(None, description="whether the picture is like those of the training, or none of these")
    novelty: float | None = Field(None, description="how far it is from the nearest of them, from 0 to 1")
    attention: list[list[float]] | None = Field(
        None, description="how much each place speaks for the class, by rows from the top, the most being 1 or -1"
    )


class Predictions(BaseModel):
    """A prediction for each picture, in the order in which they were sent."""

    model: Served
    predictions: list[Prediction]


class ClassifierModel(Served):
    """A served classifier and what it says of itself; shape and preparation are those of its pictures."""

    kind: Literal["classifier"]
    dataset: str
    classes: list[str]
    shape: list[int]
    preparation: str
    l2_lambda: float
    train_accuracy: float
    test_accuracy: float
    network: str | None = Field(None, description="what classifies, where it is no dense network on pixels")
    any_size: bool = Field(False, description="whether its graph takes pictures of any size")
    temperature: float | None = Field(None, description="by which its logits are divided, where it is calibrated")
    calibration_error: float | None = Field(None, description="how far off its probabilities are, on average")
    novelty_threshold: float | None = Field(None, description="the novelty above which a picture is none of these")
    attention: list[int] | None = Field(None, description="rows and columns of places that it says it looked at")

    run_url: str | None = Field(description="the run in MLflow's UI")

    @classmethod
    def describe(cls, classifier: Classifier, run_url: str | None) -> "ClassifierModel":
        """A classifier, and where its run is shown."""
        said = classifier.metadata.model_dump(exclude={"example"}, exclude_defaults=True)
        return cls(**described(classifier.version), **said, run_url=run_url)
