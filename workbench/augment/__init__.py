"""Augmentation steps, one file each: other versions of a training text, drawn anew in every epoch."""
