"""Readers with strict checks, the table format on disk, profiles, and the sample data sets."""
