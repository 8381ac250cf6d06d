"""The parameters of what is registered."""

import hashlib
import re
from typing import Literal

from pydantic import Field

from training.parameters.command_line import CommandLine


class Registration(CommandLine):
    """The name of a new version, and whether it is served."""

    register_as: str = Field(
        "auto",
        pattern=r"^[A-Za-z0-9_-]{1,64}$",
        description="name in the model registry: auto (from what is fitted or classified), none, or letters, digits, "
        "_ and -",
    )
    champion: Literal["better", "always", "never"] = Field(
        "better", description="when the new version becomes the one that is served"
    )

    def name_in_registry(self, subject: str) -> str | None:
        """The name of the registered model, by default from what it is of; None where nothing is to be registered."""
        if self.register_as != "auto":
            return None if self.register_as == "none" else self.register_as
        return slug(subject)


def slug(name: str) -> str:
    """A name of letters, digits, _ and -, which is all that a registered model's may have; digits tell others apart."""
    if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{re.sub('[^A-Za-z0-9]+', '_', name).strip('_')[:50]}-{digest}"
