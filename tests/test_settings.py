"""Limits from the environment: documented, and refused when they are no numbers."""

import os
from dataclasses import fields
from pathlib import Path

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


def test_the_web_is_off_and_folders_are_the_users_own_unless_said(monkeypatch, tmp_path):
    monkeypatch.delenv("WORKBENCH_ALLOW_WEB", raising=False)
    monkeypatch.delenv("WORKBENCH_FOLDERS", raising=False)
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    usual = settings.read()
    assert not usual.web and usual.folders == (Path.home(), tmp_path / "inbox")
    monkeypatch.setenv("WORKBENCH_ALLOW_WEB", "yes")
    assert not settings.read().web
    monkeypatch.setenv("WORKBENCH_ALLOW_WEB", "1")
    monkeypatch.setenv("WORKBENCH_FOLDERS", f"/data{os.pathsep}~/texts")
    given = settings.read()
    assert given.web and given.folders == (Path("/data"), Path.home() / "texts")
