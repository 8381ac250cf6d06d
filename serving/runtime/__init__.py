"""What the process itself needs: the allocator, HTTP connections, processes of its own."""
