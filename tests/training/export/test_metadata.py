import json

import numpy as np

from serving.models.samples import Samples as Served
from training.data.samples import Samples
from training.export.metadata import samples_text

X = np.linspace(0, 1, 20_000)


def test_samples_are_few_and_what_the_service_reads() -> None:
    text = samples_text(Samples(X, X**2, standard_error=1 + X, held_out=Samples(X[:5] + 1e-6, X[:5])))
    found = Served.model_validate_json(text)
    assert (found.count, len(found.x) <= 500) == (20_005, True)
    assert found.standard_error is None, "not of all"
    assert len(text) < 60_000


def test_standard_errors_are_those_of_the_samples() -> None:
    found = json.loads(samples_text(Samples(X[:3], X[:3], standard_error=np.array([0.1, 0.2, 0.3]))))
    assert found == {"count": 3, "x": X[:3].tolist(), "y": X[:3].tolist(), "standard_error": [0.1, 0.2, 0.3]}
