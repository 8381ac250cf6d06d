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
    """The likeliest class of a picture, and the probability of each class, by name; they add up to one."""

    class_name: str
    probability: float
    probabilities: dict[str, float]


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

    run_url: str | None = Field(description="the run in MLflow's UI")

    @classmethod
    def describe(cls, classifier: Classifier, run_url: str | None) -> "ClassifierModel":
        """A classifier, and where its run is shown."""
        said = classifier.metadata.model_dump(exclude={"example"})
        return cls(**described(classifier.version), **said, run_url=run_url)
