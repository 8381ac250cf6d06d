"""Networks and their derivatives."""
