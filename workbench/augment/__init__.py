"""Augmentation steps, one file each: other versions of a training sample, drawn anew in every epoch."""
