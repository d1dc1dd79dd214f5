"""Collect every text that people see into ``locale/workbench.pot``: ``python -m workbench.ui.catalogue`` (needs Babel).

Texts of pages and ui are found in their source; those of steps, tasks and samples, which know no gettext, are asked
for.
"""

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from workbench import tasks
from workbench.augment import catalogue as augment
from workbench.augment.step import AugmentStep
from workbench.data.sources import samples
from workbench.evaluate import narrator
from workbench.export import formats
from workbench.findings import catalogue as findings
from workbench.models import scratch, starters
from workbench.prepare import catalogue as prepare
from workbench.prepare.filter_rows import TESTS
from workbench.prepare.step import PrepareStep
from workbench.settings import ROOT
from workbench.ui.i18n import LOCALE

TEMPLATE = LOCALE / "workbench.pot"
KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "n_": (1, 2)}


def template() -> bytes:
    """The content of ``workbench.pot`` for the source as it is now."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    catalogue = Catalog(project="AI Workbench", version="", charset="utf-8", fuzzy=False)
    for message, place in _texts():
        catalogue.add(message, locations=[(place, 0)])
    output = BytesIO()
    write_po(output, catalogue, sort_output=True, omit_header=True, include_lineno=False, width=100)
    return output.getvalue()


def _texts() -> Iterator[tuple[str | tuple[str, ...], str]]:
    from babel.messages.extract import extract_from_file

    for path in [*sorted((ROOT / "pages").glob("*.py")), *sorted((ROOT / "workbench" / "ui").rglob("*.py"))]:
        for _line, message, _comments, _context in extract_from_file("python", path, keywords=KEYWORDS):
            if message:
                yield message, str(Path(path).relative_to(ROOT).as_posix())
    yield from ((text, "steps, tasks and packs") for text in _of_catalogues())


def _of_catalogues() -> Iterator[str]:
    kinds: tuple[type[PrepareStep] | type[AugmentStep], ...] = (*prepare.STEPS, *augment.STEPS)
    for kind in kinds:
        yield from (kind.title, kind.summary, kind.group)
        yield from (text for text in (getattr(kind, "hurts", ""),) if text)
        for name, field in kind.model_fields.items():
            if name != "step":
                yield from _of_field(field)
    yield from get_args(TESTS)
    for task in tasks.TASKS:
        yield from (task.title, task.summary)
        for role in task.roles:
            yield from (role.title, role.help)
        for metric in task.metrics:
            yield from (metric.title, metric.definition)
    yield from (text for sample in samples.SAMPLES for text in (sample.title, sample.description))
    yield from (starter.description for starter in starters.STARTERS)
    for network in scratch.NETWORKS:
        yield from filter(None, (network.description, network.explained))
        for field in network.settings.model_fields.values() if network.settings else ():
            yield from _of_field(field)
    yield from (text for format in formats.FORMATS for text in (format.title, format.good_for))
    yield from findings.texts()
    yield from narrator.texts()


def _of_field(field: FieldInfo) -> Iterator[str]:
    """Title, help, the words to choose from, and what else a form says of a field."""
    yield from (text for text in (field.title, field.description) if text)
    yield from (str(word) for word in get_args(field.annotation) if get_origin(field.annotation) is Literal)
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    yield from (str(extra[key]) for key in ("unit", "none") if extra.get(key))
    words = extra.get("words")
    if isinstance(words, dict):
        yield from map(str, words.values())


def main() -> int:
    TEMPLATE.write_bytes(template())
    sys.stdout.write(f"{TEMPLATE.relative_to(ROOT)} is up to date.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
