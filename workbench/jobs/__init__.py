"""What works in the background: the queue, the supervisor that serves it, and the worker that trains."""
