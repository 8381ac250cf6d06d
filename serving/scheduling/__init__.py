"""When and where work is done, and how much memory it may hold."""
