"""What operators see: metrics, logs and the access log."""
