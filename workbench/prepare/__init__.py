"""Cleaning steps, one file each, the split, and the report of what they did to a table."""
