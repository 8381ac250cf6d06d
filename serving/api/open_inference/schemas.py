"""The requests and answers of the Open Inference Protocol (V2)."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from serving.api.nested_arrays import MOST_DIMENSIONS
from serving.api.validation import FailsFast

# More than any model has.
_MOST_TENSORS = 64

Side = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Parameters(BaseModel):
    """What the extension for binary data says of a tensor."""

    binary_data_size: Annotated[int, Field(ge=0)] | None = None
    binary_data: bool | None = None


class InputTensor(BaseModel):
    """A tensor that is sent: its data in JSON, flat or nested, or in binary after it."""

    name: str
    shape: Annotated[list[Side], Field(max_length=MOST_DIMENSIONS), FailsFast()]
    datatype: str
    parameters: Parameters = Parameters()
    data: list[Any] | None = None


class RequestedOutput(BaseModel):
    """A tensor that is asked for."""

    name: str
    parameters: Parameters = Parameters()


class RequestParameters(BaseModel):
    """What is asked of all outputs."""

    binary_data_output: bool = False


class InferenceRequest(BaseModel):
    """A request of the protocol."""

    id: str | None = None
    parameters: RequestParameters = RequestParameters()
    inputs: Annotated[list[InputTensor], Field(min_length=1, max_length=_MOST_TENSORS), FailsFast()]
    outputs: Annotated[list[RequestedOutput], Field(max_length=_MOST_TENSORS), FailsFast()] | None = None


class OutputTensor(BaseModel):
    """A tensor of the answer."""

    name: str
    datatype: str
    shape: list[int]
    parameters: Parameters | None = None
    data: list[float | int | None] | None = None


class InferenceResponse(BaseModel):
    """An answer of the protocol; parameters say what not to trust."""

    model_name: str
    model_version: str
    id: str | None = None
    parameters: dict[str, str] | None = None
    outputs: list[OutputTensor]


class TensorMetadata(BaseModel):
    """A tensor that a model takes or gives; -1 is any length."""

    name: str
    datatype: str
    shape: list[int]


class ModelMetadata(BaseModel):
    """A model as the protocol describes it."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]


class ServerMetadata(BaseModel):
    """The service as the protocol describes it."""

    name: str
    version: str
    extensions: list[str]


class Failure(BaseModel):
    """Why a request was not answered, as the protocol says it."""

    error: str
