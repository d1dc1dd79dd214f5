"""One file a format: how it is told, what it holds, and its rows."""
