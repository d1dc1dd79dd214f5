"""What a command of the command line printed."""

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Said:
    """What one command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out.splitlines()[-1])

    @property
    def mistake(self):
        """The one line on standard error of a user's mistake."""
        assert self.code == 2, self
        assert len(self.err.strip().splitlines()) == 1, self.err
        assert "Traceback" not in self.err + self.out
        return self.err.strip()
