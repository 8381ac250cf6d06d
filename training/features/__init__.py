"""Units placed where a function needs them, and the least-squares problem in them."""
