"""Torch modules that are ours."""
