"""What a registered function says of itself."""

from tests.support.descriptions import function

METADATA = {**function(target="gaussian"), "errors": {}}
