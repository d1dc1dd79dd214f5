"""Folders and zip archives: images and texts in folders of their class, annotated images, packed tables."""
