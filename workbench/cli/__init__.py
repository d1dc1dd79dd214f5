"""``python -m workbench``: the same verbs as the pages, without a browser."""
