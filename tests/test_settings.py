"""Limits from the environment: documented, and refused when they are no numbers."""

from dataclasses import fields

import pytest

from workbench import settings
from workbench.errors import SafetyError
from workbench.settings import ROOT, Limits


def test_limits_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("WORKBENCH_MAX_COLUMNS", "12")
    monkeypatch.setenv("WORKBENCH_MAX_READER_SECONDS", "0.5")
    assert settings.read().limits == Limits(columns=12, reader_seconds=0.5)


@pytest.mark.parametrize("text", ["many", "-1", "0", "1e3", "nan"])
def test_a_limit_that_is_no_number_is_refused(monkeypatch, text):
    monkeypatch.setenv("WORKBENCH_MAX_CELLS", text)
    with pytest.raises(SafetyError, match=f"WORKBENCH_MAX_CELLS: '{text}' is no limit"):
        settings.read()


def test_every_limit_is_documented_with_its_default():
    told = (ROOT / "docs" / "command_line.md").read_text(encoding="utf-8")
    for limit in fields(Limits):
        assert f"| `WORKBENCH_MAX_{limit.name.upper()}` | {limit.default:.0f} |" in told
