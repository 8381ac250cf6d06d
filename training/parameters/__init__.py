"""Parameters as they are read from a command line, and numbers as messages tell them."""
