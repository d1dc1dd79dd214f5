"""Matrices (n, 3, 3) from points of a new image to points of the old one, both in [-1, 1] from edge to edge."""

import numpy as np

from workbench.augment.draws import Floats


def scaled(across: Floats, down: Floats) -> Floats:
    """What was at ``across`` times the distance from the middle comes to where it is asked for: below 1 magnifies."""
    return _filled(across, 0, 0, down, 0, 0)


def shifted(across: Floats, down: Floats) -> Floats:
    """The image moves to the left by ``across`` half widths and up by ``down`` half heights."""
    return _filled(np.ones_like(across), 0, 0, 1, across, down)


def rotated(degrees: Floats, aspect: float) -> Floats:
    """The image turns counter-clockwise about its middle; ``aspect`` (width / height) keeps its shape."""
    angle = np.deg2rad(degrees)
    cos, sin = np.cos(angle), np.sin(angle)
    return _filled(cos, -sin / aspect, sin * aspect, cos, 0, 0)


def sheared(across: Floats, down: Floats, aspect: float) -> Floats:
    """Columns lean by ``across`` and rows by ``down`` (tangents of angles)."""
    return _filled(np.ones_like(across), across / aspect, down * aspect, 1, 0, 0)


def _filled(
    xx: Floats, xy: Floats | float, yx: Floats | float, yy: Floats | float, x: Floats | float, y: Floats | float
) -> Floats:
    matrices = np.zeros((len(xx), 3, 3))
    matrices[:, 0, 0], matrices[:, 0, 1], matrices[:, 0, 2] = xx, xy, x
    matrices[:, 1, 0], matrices[:, 1, 1], matrices[:, 1, 2] = yx, yy, y
    matrices[:, 2, 2] = 1
    return matrices
