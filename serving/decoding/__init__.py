"""Uploaded pictures, decoded in a process of their own."""
