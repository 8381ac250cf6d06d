"""UM-Bridge: its requests and answers, and the functions behind it."""
