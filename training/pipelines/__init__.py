"""The work of each entry point, from its parameters to a run with figures and a registered version."""
