"""The samples that a function of data was fitted to, as far as they are registered with it."""

from typing import Annotated, Self

from pydantic import BaseModel, Field, FiniteFloat, model_validator

# More than a picture needs.
_MOST = 5_000

Numbers = Annotated[list[FiniteFloat], Field(max_length=_MOST)]


class Samples(BaseModel):
    """Some of the samples, in the order of x, and of how many; where they are given, with the standard errors of y."""

    count: Annotated[int, Field(ge=0)]
    x: Numbers
    y: Numbers
    standard_error: Numbers | None = None

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        if any(len(column) != len(self.x) for column in (self.y, self.standard_error) if column is not None):
            raise ValueError("columns of different lengths")
        return self
