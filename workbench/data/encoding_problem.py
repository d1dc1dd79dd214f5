"""Bytes that do not fit an encoding, as a problem with its remedy."""

from workbench.data.encoding import TITLES, Misfit
from workbench.data.read_options import Problem, ReadOptions


def unfit(code: str, where: str, misfit: Misfit, options: ReadOptions) -> Problem:
    """The problem of ``misfit`` in a file that ``options`` read; with a fix where their encoding is a suggestion."""
    found = " ".join(f"0x{byte:02X}" for byte in misfit.found)
    if options.encoding == misfit.encoding:
        return Problem(
            level="error",
            code=f"{code}-03",
            where=where,
            what=f"the byte {found} is not {TITLES.get(misfit.encoding, misfit.encoding)}",
            remedy="Save the file as UTF-8 again, choose another encoding, or set aside the rows with such bytes.",
        )
    suggested = str(options.encoding)
    likely = TITLES.get(suggested, suggested)
    return Problem(
        level="error",
        code=f"{code}-01",
        where=where,
        what=f"the file is not UTF-8 (byte {found}); it looks like {likely}",
        remedy=f"Choose the encoding '{suggested}' if the preview reads well, or save the file as UTF-8.",
        fix=options,
        fix_title=f"Read as {likely}",
    )
