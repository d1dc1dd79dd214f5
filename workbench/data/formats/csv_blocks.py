"""The quick way through a block of a text table: where it may end, and its cells if nothing in it can be in doubt."""

import codecs
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute as pc
from pyarrow import csv

_QUOTE, _NEWLINE, _RETURN = b'"\n\r'
_DOUBTFUL = b"\0\x1a"  # no text, and an old mark of a file's end
_LONGEST = 1 << 30  # bytes that fit into one Arrow array


class BlockReader:
    """Reads blocks of whole records, given as UTF-8 bytes, into one string column for every name in ``columns``.

    It vouches for what it reads: the strict pass would find the same cells and nothing to complain about. The Arrow
    reader differs from it where a closing quotation mark is followed by text, where one is never closed, at blank
    lines, NUL characters, marks of a file's end or beginning, and line ends of a single CR; such blocks are refused,
    whatever they mean.
    """

    def __init__(self, columns: Sequence[str], delimiter: str, *, quoting: bool, cell_bytes: int) -> None:
        self._columns = list(columns)
        self._delimiter = delimiter
        self._quoting = quoting
        self._cell_bytes = cell_bytes
        places = [str(place) for place in range(len(columns))]
        self._places = places
        self._types = {place: pa.string() for place in places}

    def border(self, block: bytes) -> int:
        """Where the last whole record of ``block`` ends, if quotation marks are used as they should be; else 0."""
        end = block.rfind(b"\n") + 1
        if not self._quoting or np.count_nonzero(np.frombuffer(block, np.uint8, end) == _QUOTE) % 2 == 0:
            return end
        quotes = _places(block, _QUOTE)
        while end:
            count = int(np.searchsorted(quotes, end))
            if count % 2 == 0:
                return end
            end = block.rfind(b"\n", 0, int(quotes[count - 1])) + 1
        return 0

    def read(self, block: bytes) -> pa.RecordBatch | None:
        """The cells of a block that begins with a record and ends with one; None if anything in it is in doubt."""
        if not 0 < len(block) < _LONGEST or any(mark in block for mark in _DOUBTFUL):
            return None
        if codecs.BOM_UTF8[0] in block and codecs.BOM_UTF8 in block:  # one byte is found ten times as fast as three
            return None
        if b"\r" in block and block.count(b"\r") != block.count(b"\r\n"):
            return None
        quotes = _places(block, _QUOTE) if self._quoting and b'"' in block else np.empty(0, np.int64)
        if not self._well_quoted(block, quotes):
            return None
        try:
            table = csv.read_csv(
                pa.py_buffer(block),
                csv.ReadOptions(use_threads=False, block_size=len(block) + 1, column_names=self._places),
                csv.ParseOptions(
                    delimiter=self._delimiter,
                    quote_char='"' if len(quotes) else False,
                    newlines_in_values=len(quotes) > 0,
                    ignore_empty_lines=False,
                ),
                csv.ConvertOptions(column_types=self._types, strings_can_be_null=False, check_utf8=True),
            )
        except pa.ArrowInvalid:  # the wrong number of fields, or bytes that are not UTF-8
            return None
        columns = [column.combine_chunks() for column in table.columns]
        sizes = [pc.binary_length(column) for column in columns]
        if any(pc.max(size).as_py() > self._cell_bytes for size in sizes):
            return None
        if _empty_row(sizes) and _blank_line(block, quotes):
            return None
        return pa.RecordBatch.from_arrays(columns, names=self._columns)

    def _well_quoted(self, block: bytes, quotes: NDArray[np.int64]) -> bool:
        """Is every quotation mark an opening one, a closing one, or one of two that stand for one in a cell?

        Runs of marks are looked at. While all before were well used, an even number of marks before a run means that
        it lies outside of quotes: there an odd run must begin a field, and an even one that does is an empty or
        whole cell and must end it. Within quotes a run of odd length ends the cell.
        """
        if not len(quotes):
            return True
        if len(quotes) % 2:
            return False
        characters = np.frombuffer(block, np.uint8)
        starts = np.flatnonzero(np.diff(quotes, prepend=-2) > 1)
        lengths = np.diff(starts, append=len(quotes))
        firsts = quotes[starts]
        ends = firsts + lengths
        fields = np.zeros(256, bool)
        fields[[ord(self._delimiter), _NEWLINE, _RETURN]] = True
        begins = fields[characters[np.maximum(firsts, 1) - 1]] | (firsts == 0)
        closes = fields[characters[np.minimum(ends, len(block) - 1)]] | (ends == len(block))
        within = starts % 2 == 1  # so many marks lie before the run
        odd = lengths % 2 == 1
        return not np.any(np.where(within, odd & ~closes, np.where(odd, ~begins, begins & ~closes)))


def lines(block: bytes) -> int:
    """How many lines the block has, if all end as they should."""
    return int(np.count_nonzero(np.frombuffer(block, np.uint8) == _NEWLINE))


def _places(block: bytes, character: int) -> NDArray[np.int64]:
    return np.flatnonzero(np.frombuffer(block, np.uint8) == character)


def _empty_row(sizes: Sequence[pa.Array]) -> bool:
    """Is there a row with nothing in any cell?"""
    empty = pc.equal(sizes[0], 0)
    for size in sizes[1:]:
        if not empty.true_count:
            return False
        empty = pc.and_(empty, pc.equal(size, 0))
    return bool(empty.true_count)


def _blank_line(block: bytes, quotes: NDArray[np.int64]) -> bool:
    """Is there a blank line outside of quotes?"""
    if block.startswith((b"\n", b"\r\n")):
        return True
    characters = np.frombuffer(block, np.uint8)
    lines = _places(block[:-1], _NEWLINE)
    after = characters[lines + 1]
    blank = lines[(after == _NEWLINE) | (after == _RETURN)]
    return bool(np.any(np.searchsorted(quotes, blank) % 2 == 0))
