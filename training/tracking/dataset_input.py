"""What a run has learned from, as MLflow shows it: name, digest, columns and rows. The data stay where they are."""

import hashlib
import json
from collections.abc import Mapping

from mlflow.entities import Dataset

from training.classification.pictures import PictureSet
from training.data.samples import Samples
from training.regression.field_sampling import Problem
from training.regression.sampling_config import SamplingConfig

# MLflow's limit, and enough to tell data apart in a table (MLflow's own digests have eight digits).
_NAME_LENGTH, _DIGEST_LENGTH = 500, 12


def of_samples(config: SamplingConfig, samples: Samples) -> Dataset:
    """The samples of a function, or of a file."""
    named = config.columns
    errors = [named.standard_error] if named.standard_error else []
    spec = [{"type": "double", "name": name} for name in (named.x, named.y, *errors, *named.derivatives)]
    held_out = len(samples.held_out.x) if samples.held_out else 0
    profile = {"num_rows": len(samples.x) + held_out, "held_out": held_out}
    source = _source(config, samples.digest)
    known = {"of": source, "domain": samples.domain, "columns": spec, **profile}
    kind = "code" if config.data is None else "local"
    return _dataset(config.subject, _digest(known), kind, source, {"mlflow_colspec": spec}, profile)


def of_field(config: SamplingConfig, problem: Problem) -> Dataset:
    """The samples of several variables, of a function or of a file."""
    spec = [{"type": "double", "name": name} for name in (*config.variables, *config.outputs)]
    held_out = len(problem.held_out.x) if config.data is not None else 0
    profile = {"num_rows": len(problem.samples.x) + held_out, "held_out": held_out}
    source = _source(config, problem.digest)
    known = {"of": source, "domain": str(problem.box), "columns": spec, **profile}
    kind = "code" if config.data is None else "local"
    return _dataset(config.subject, _digest(known), kind, source, {"mlflow_colspec": spec}, profile)


def _source(config: SamplingConfig, digest: str) -> dict[str, object]:
    if config.data is None:
        return {"function": config.fitted}
    return {"uri": str(config.data.absolute()), "sha256": digest}


def of_pictures(pictures: PictureSet, context: str) -> Dataset:
    """The pictures to train with, or to test with."""
    part = pictures.train if context == "training" else pictures.test
    spec = [{"type": "tensor", "tensor-spec": {"dtype": "uint8", "shape": [-1, *pictures.shape]}}]
    schema = {"mlflow_tensorspec": {"features": json.dumps(spec)}}
    profile = {"num_rows": len(part), "classes": len(pictures.classes)}
    return _dataset(f"{pictures.name} {context}", pictures.digest, "code", {"pictures": pictures.name}, schema, profile)


def _digest(known: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(known).encode()).hexdigest()


def _dataset(
    name: str,
    digest: str,
    kind: str,
    source: Mapping[str, object],
    schema: Mapping[str, object],
    profile: Mapping[str, int],
) -> Dataset:
    texts = [json.dumps(part) for part in (source, schema, profile)]
    return Dataset(name[:_NAME_LENGTH], digest[:_DIGEST_LENGTH], kind, *texts)
