"""A text table in batches: blocks that are in order are read at once, two at a time; all others go through strictly."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from workbench.data.batches import Batch, gathered
from workbench.data.formats.csv_source import Source

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.data.formats.csv_rows import CsvRows

LARGE, SMALL = 8 << 20, 1 << 16  # bytes; around a row that is not in order blocks are small, so that few go strictly
_OF_A_COLUMN = 4 << 10  # bytes of it that a large block holds at least: each column costs something for every block
_AT_ONCE = 2


def batches(rows: "CsvRows", large: int = 0, small: int = SMALL) -> Iterator[Batch]:
    """Every whole row of the file, in order; ``rows`` then tells about the others as after its own strict pass."""
    from workbench.data.formats import csv_blocks

    layout, options = rows.layout, rows.layout.options
    delimiter = options.delimiter or ","
    large = large or max(LARGE, _OF_A_COLUMN * len(layout.columns))

    def strictly(size: int | None) -> Iterator[Batch]:
        return gathered(rows.strict(source, size), layout.columns, layout.first_row, lambda: source.done)

    with Source(layout) as source, ThreadPoolExecutor(_AT_ONCE) as pool:
        if not delimiter.isascii() or options.backslash:
            yield from strictly(None)
        yield from strictly(0)  # the header
        blocks = csv_blocks.BlockReader(
            layout.columns, delimiter, quoting=options.quoting, cell_bytes=rows.limits.cell_bytes
        )
        ahead: deque[tuple[int, bytes, Future[pa.RecordBatch | None]]] = deque()
        size = large
        while True:
            while len(ahead) <= (_AT_ONCE if size == large else 0):
                start, read = source.at, source.read(size)
                if not read:
                    break
                source.at = start + (blocks.border(read) or len(read))
                block = read[: source.at - start]
                ahead.append((start, block, pool.submit(blocks.read, block)))
            if not ahead:
                return
            start, block, reading = ahead.popleft()
            cells = reading.result()
            first = None if cells is None else rows.vouched(cells.num_rows, csv_blocks.lines(block))
            if cells is not None and first is not None:
                source.release(start + len(block))
                row = first - layout.first_row
                yield Batch(cells, np.arange(row, row + cells.num_rows), source.done)
                size = min(2 * size, large)
                continue
            source.at = start
            for _, _, unwanted in ahead:
                unwanted.cancel()
            ahead.clear()
            if size > small:
                size = small
            else:
                yield from strictly(len(block))
