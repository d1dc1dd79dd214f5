"""Pretrained models: starters, local folders, the Hub, and the checks before one is opened."""
