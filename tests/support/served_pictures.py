"""Pictures as the service decodes them, and what a classifier's metadata say of them."""

import io

from PIL import Image

from serving.decoding.pictures import MAX_PIXELS, Form, Pixels, from_file
from serving.models.classifiers import Metadata


def classifier_metadata(preparation: str, *shape: int) -> Metadata:
    """The metadata of a classifier of pictures of a shape."""
    accuracies = {"l2_lambda": 0, "train_accuracy": 1, "test_accuracy": 1}
    example = {"pixels": "", "probabilities": []}
    given = {"kind": "classifier", "dataset": "d", "classes": ["a", "b"], "shape": shape, "preparation": preparation}
    return Metadata.model_validate({**given, **accuracies, "example": example})


def decoded(image: Image.Image | bytes, form: Form, name: str = "a") -> Pixels:
    """A picture, as a file or to be written into one without loss, in the form that a classifier takes."""
    if isinstance(image, bytes):
        return from_file(name, image, form, MAX_PIXELS)[0]
    content = io.BytesIO()
    image.save(content, "jpeg" if image.mode == "CMYK" else "png")
    return decoded(content.getvalue(), form)
