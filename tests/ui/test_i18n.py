"""Every text that a page shows goes through gettext, and the catalogue knows it."""

import ast
import re
from pathlib import Path

import pytest

from workbench.settings import ROOT
from workbench.ui import catalogue, i18n

SOURCES = [*sorted((ROOT / "pages").glob("*.py")), *sorted((ROOT / "workbench" / "ui").rglob("*.py"))]
# What draws its first argument, or one of these named ones, as a text.
SHOWS = {
    "title header subheader markdown caption text button toggle checkbox radio selectbox multiselect slider text_input "
    "text_area number_input file_uploader segmented_control pills metric badge error warning info success toast "
    "expander popover spinner status form_submit_button link_button page_link progress empty primary primary_link "
    "heading open_page link later dialog"
}
SHOWS = set(" ".join(SHOWS).split())
NAMED = {"label", "help", "placeholder", "text", "delta", "alt", "title", "delta_description", "help_text"}
MARKUP = re.compile(r":material/(?:\w+:)?|:[a-z]+(?:-(?:badge|background))?\[")
LETTERS = re.compile(r"[A-Za-z]{2,}")
# The first argument of these is an address, an icon or a key; the text comes second.
SECOND = {"link", "open_page", "heading", "empty"}


def texts(call):
    """The arguments of a call that are shown."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in SHOWS:
        yield from call.args[1:3] if name in SECOND else call.args[:1]
        yield from (keyword.value for keyword in call.keywords if keyword.arg in NAMED)


def bare(node):
    """The letters of a literal that no ``_()`` surrounds."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return LETTERS.findall(MARKUP.sub("", node.value))
    if isinstance(node, ast.JoinedStr):
        return [word for part in node.values if isinstance(part, ast.Constant) for word in bare(part)]
    if isinstance(node, ast.IfExp):
        return [*bare(node.body), *bare(node.orelse)]
    if isinstance(node, ast.BoolOp):
        return [word for value in node.values for word in bare(value)]
    if isinstance(node, ast.BinOp):
        return [*bare(node.left), *bare(node.right)]
    return []


def untranslated(source):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            for argument in texts(node):
                if bare(argument):
                    yield f"line {node.lineno}: {ast.unparse(argument)[:80]}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_text_goes_through_gettext(path):
    assert list(untranslated(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "source",
    [
        'st.title("Hello")',
        'st.button(f"Open {name}")',
        'st.metric(_("Rows"), 3, delta="more rows")',
        'here.link("data", "Go to data")',
        'st.caption("yes" if ok else _("no"))',
        'st.markdown(_("Fine") + " but not this")',
    ],
)
def test_the_check_finds_a_text_that_was_forgotten(source):
    assert list(untranslated(source))


def test_values_are_put_in_after_the_translation():
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_":
                assert not isinstance(node.args[0], ast.JoinedStr), f"{path.name}, line {node.lineno}"


def test_the_catalogue_is_up_to_date():
    stored = catalogue.TEMPLATE.read_bytes()
    assert stored == catalogue.template(), "run: python -m workbench.ui.catalogue"


def test_numbers_are_said_as_people_read_them():
    assert i18n.duration(5) == "5 s"
    assert i18n.duration(200) == "3:20 min"
    assert i18n.duration(7500) == "2:05 h"
    assert i18n.size(91_600_000) == "92 MB"
    assert i18n.size(2_500_000_000) == "2.5 GB"
    assert i18n.percent(0.9731) == "97.3%"
    assert i18n.number(1204) == "1,204"


def test_languages_have_a_catalogue_or_are_the_source():
    for language in i18n.LANGUAGES:
        assert language == "en" or (i18n.LOCALE / language / "LC_MESSAGES" / "workbench.mo").exists()
    assert Path(i18n.LOCALE).is_dir()
