"""Folders that are whole or absent, and the packs that bring real models and data."""
