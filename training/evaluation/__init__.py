"""How good a fit is, beside what one would take instead, and how far it may be trusted."""
