"""What all entry points do around their work."""
