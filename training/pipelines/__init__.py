"""What entry points have in common: from parameters to a run, with its figures and its registered version."""
