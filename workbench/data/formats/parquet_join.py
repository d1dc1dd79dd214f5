"""The process that puts the pieces of a table together: several Parquet files of the same columns become one."""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from workbench import errands
from workbench.errands import Errand
from workbench.errors import DataError
from workbench.settings import Limits

_REMEDY = "Nothing was imported. Choose another part of this data set."


def join(pieces: Sequence[Path], to: Path, name: str, limits: Limits) -> None:
    """Write the rows of all pieces, in their order, to the file ``to``. Raises DataError when they do not fit."""
    request = {"pieces": [str(piece) for piece in pieces], "to": str(to), "name": name}
    doing = f"putting its {len(pieces)} files together"
    module = "workbench.data.formats.parquet_join"
    errand = Errand(module, doing, name, _REMEDY, limits.reader_seconds, limits.reader_bytes)
    errands.run(errand, json.dumps(request).encode())


def main() -> int:
    """Answer one request; the exit status tells when memory was not enough."""
    return errands.serve(_join)


def _join(line: bytes, _say: Callable[[bytes], None]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    request = json.loads(line)
    try:
        first = pq.ParquetFile(request["pieces"][0], arrow_extensions_enabled=False)
        with pq.ParquetWriter(request["to"], first.schema_arrow, compression="zstd") as whole:
            for piece in request["pieces"]:
                for batch in pq.ParquetFile(piece, arrow_extensions_enabled=False).iter_batches(4096):
                    whole.write_batch(batch.cast(first.schema_arrow))
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = (str(error).splitlines() or ["they are damaged"])[0][:200]
        what = f"its {len(request['pieces'])} files do not make one table ({reason})"
        raise DataError(what, where=request["name"], remedy=_REMEDY, code="PARQUET-23") from error


if __name__ == "__main__":
    sys.exit(main())
