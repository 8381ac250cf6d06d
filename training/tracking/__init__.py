"""The MLflow store: the only package that writes runs."""
