"""The process that puts the pieces of a table together: several Parquet files of the same columns become one."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from workbench.errors import DataError
from workbench.settings import ROOT, Limits


def join(pieces: Sequence[Path], to: Path, name: str, limits: Limits) -> None:
    """Write the rows of all pieces, in their order, to the file ``to``. Raises DataError when they do not fit."""
    request = {"pieces": [str(piece) for piece in pieces], "to": str(to), "bytes": limits.reader_bytes}
    remedy = "Nothing was imported. Choose another part of this data set."
    try:
        done = subprocess.run(
            [sys.executable, "-m", "workbench.data.formats.parquet_join"],
            input=json.dumps(request).encode(),
            capture_output=True,
            cwd=ROOT,
            timeout=limits.reader_seconds,
        )
    except subprocess.TimeoutExpired:
        what = f"putting its {len(pieces)} files together took more than {limits.reader_seconds:g} seconds"
        raise DataError(what, where=name, remedy=remedy, code="PARQUET-23") from None
    if done.returncode:
        reason = done.stdout.decode(errors="replace").strip() or "they are damaged, or too large"
        what = f"its {len(pieces)} files do not make one table ({reason[:200]})"
        raise DataError(what, where=name, remedy=remedy, code="PARQUET-23")


def main() -> int:
    """Answer one request; what does not fit is said in one line."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    request = json.loads(sys.stdin.buffer.read())
    with contextlib.suppress(ImportError):  # Windows has no such limits
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (request["bytes"], request["bytes"]))
    try:
        first = pq.ParquetFile(request["pieces"][0], arrow_extensions_enabled=False)
        with pq.ParquetWriter(request["to"], first.schema_arrow, compression="zstd") as whole:
            for piece in request["pieces"]:
                for batch in pq.ParquetFile(piece, arrow_extensions_enabled=False).iter_batches(4096):
                    whole.write_batch(batch.cast(first.schema_arrow))
    except (pa.ArrowException, OSError, ValueError) as error:
        sys.stdout.write((str(error).splitlines() or [""])[0])
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
