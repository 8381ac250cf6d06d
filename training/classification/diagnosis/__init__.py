"""What more there is to know of a classifier: duplicates, where it looks, whether more pictures would help."""
