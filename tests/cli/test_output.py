"""What the command line shows while one waits: on a terminal, and nowhere else."""

import io
import sys

from workbench.cli.output import Output
from workbench.data.progress import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_an_import_shows_how_far_it_is_on_a_terminal(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    output = Output(as_json=False)
    tell = output.progress()
    tell(Progress(0.0, 0, None))
    tell(Progress(0.5, 1_234_567, 75.0))
    output.clear()
    first, second, cleared = sys.stderr.getvalue().split("\r")[1:4]
    assert first == "0 rows"
    assert "50%" in second and second.endswith("1,234,567 rows, 1:15 left")
    assert cleared.strip() == ""


def test_where_nobody_watches_an_import_is_silent(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert Output(as_json=False).progress() is None
