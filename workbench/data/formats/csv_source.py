"""A text file as UTF-8 bytes, read on in blocks of whole lines; one can go back a little."""

import codecs
import io
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from workbench.data.formats.csv_layout import CsvLayout

_BLOCK = 1 << 20
_CHUNK = 8 << 20


class Source:
    """The file of a layout from its first character on (a byte order mark is none), as UTF-8 whatever its encoding.

    Bytes of a UTF-8 file that do not fit stay as they are; those of another encoding become ``encoding.MARK``.
    ``at`` is the place from which is read next, in bytes of UTF-8; it may be set back to any place since ``release``.
    """

    def __init__(self, layout: CsvLayout) -> None:
        encoding = codecs.lookup(layout.options.encoding or "utf-8").name
        self._file = layout.path.open("rb")
        self._size = max(1, layout.path.stat().st_size)
        self._marked = 0  # bytes of a byte order mark
        self._decoded: _Decoded | None = None
        self._errors = "workbench.mark"
        if encoding not in ("utf-8", "utf-8-sig"):
            text = io.TextIOWrapper(self._file, layout.options.encoding, "workbench.mark", newline="")
            self._decoded = _Decoded(text)
            self._errors = "surrogatepass"
        elif encoding == "utf-8-sig" and self._file.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8:
            self._marked = len(codecs.BOM_UTF8)
        self.at = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    @property
    def done(self) -> float:
        """How much of the file was read, from 0 to 1."""
        place = self._file.tell() - self._decoded.ahead(self.at) if self._decoded else self.at
        return max(0.0, place / self._size)

    def read(self, size: int) -> bytes:
        """The next ``size`` bytes or less, to the end of a line; more where one line is longer; none at the end."""
        wanted = size
        while True:
            found = self._bytes(wanted)
            if len(found) == wanted:
                end = found.rfind(b"\n", 0, size) + 1 or found.find(b"\n", size) + 1
                if not end:
                    wanted *= 2
                    continue
                found = found[:end]
            self.at += len(found)
            return found

    def release(self, at: int) -> None:
        """Nobody will go back to before this place."""
        if self._decoded:
            self._decoded.release(at)

    def text(self, line: bytes) -> str:
        """Bytes of this source as text, with ``encoding.MARK`` for what does not fit."""
        return line.decode("utf-8", self._errors)

    def _bytes(self, size: int) -> bytes:
        """So many bytes from ``at`` on; fewer only at the end."""
        if self._decoded:
            return self._decoded.read(self.at, size)
        self._file.seek(self._marked + self.at)
        return self._file.read(size)


class _Decoded:
    """What another encoding says, as UTF-8; a place cannot be found again, so what may be asked for is held."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._held = b""
        self._start = 0  # the place of the first byte that is held
        self._released = 0

    def read(self, at: int, size: int) -> bytes:
        while len(self._held) < at - self._start + size:
            more = self._text.read(max(size, _CHUNK)).encode("utf-8", "surrogatepass")
            if not more:
                break
            self._held = self._held[self._released - self._start :] + more
            self._start = self._released
        return self._held[at - self._start :][:size]

    def ahead(self, at: int) -> int:
        """Bytes that are held beyond a place."""
        return self._start + len(self._held) - at

    def release(self, at: int) -> None:
        self._released = at


class Lines:
    """The lines of a source for the CSV reader, which takes none before it needs it; the rest is left in the source.

    A byte order mark with which a record begins is dropped: the file was pasted together from several.
    """

    def __init__(self, source: Source, size: int | None) -> None:
        self.read = 0  # bytes
        self.marked = False  # did the present record begin with a byte order mark?
        self.first = ""  # the line with which the present record begins
        self._source = source
        self._size = min(size or _BLOCK, _BLOCK)
        self._lines: list[bytes] = []
        self._next = 0
        self._fresh = True

    def begin(self) -> None:
        """The next line is the first of a record."""
        self._fresh = True
        self.marked = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._next == len(self._lines):
            self._source.release(self._source.at)
            self._lines = self._source.read(self._size).splitlines(keepends=True)
            self._next = 0
            if not self._lines:
                raise StopIteration
        line = self._lines[self._next]
        self._next += 1
        self.read += len(line)
        text = self._source.text(line)
        if self._fresh:
            self.marked = text.startswith("\ufeff")
            text = text.removeprefix("\ufeff")
            self.first, self._fresh = text, False
        return text

    def close(self) -> None:
        """Go back to the first line that nobody took."""
        self._source.at -= sum(map(len, self._lines[self._next :]))
        self._lines = []
        self._next = 0
