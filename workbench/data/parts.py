"""Choosing one of several tables in a file: told by the options, the only one, or suggested and asked."""

import difflib
from collections.abc import Sequence
from dataclasses import replace

from workbench.data.read_options import Problem, ReadOptions
from workbench.errors import DataError


def choose(
    code: str, name: str, called: str, parts: Sequence[str], options: ReadOptions
) -> tuple[str, tuple[Problem, ...]]:
    """The part to read, with a question where several could be meant. Raises DataError for one that is not there."""
    listed = ", ".join(f"'{part[:60]}'" for part in parts[:20])
    if options.part is not None:
        if options.part in parts:
            return options.part, ()
        near = difflib.get_close_matches(options.part, parts, 1)
        raise DataError(
            f"there is no {called} '{options.part}'",
            where=name,
            remedy=f"Did you mean '{near[0]}'?" if near else f"Choose one of: {listed}.",
            code=f"{code}-22",
        )
    first = parts[0]
    if len(parts) == 1:
        return first, ()
    problem = Problem(
        level="error",
        code=f"{code}-22",
        where=name,
        what=f"there is more than one {called} in the file: {listed}",
        remedy="Choose the one to import (on the command line with --sheet); the first is shown.",
        fix=replace(options, part=first),
        fix_title=f"Take '{first[:60]}'",
    )
    return first, (problem,)
