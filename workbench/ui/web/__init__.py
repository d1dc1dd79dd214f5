"""The web server around the pages: its guard, its routes, its start."""
