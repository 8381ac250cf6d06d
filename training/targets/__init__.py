"""The functions to approximate: analytic ones, and expressions that a user writes."""
