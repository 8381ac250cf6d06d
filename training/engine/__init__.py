"""Fused training steps over flat memory."""
