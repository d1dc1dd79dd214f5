"""How fast does a CSV file become a table of the store, beside plain pandas and plain pyarrow, and in what memory?

python -m benchmarks.ingest [--megabytes 100] [--repeats 5] [--large]

Every reading is a process of its own, in turns; the file is in the page cache. The others read all columns as strings
and write Parquet with the same compression. The workbench also checks every row, counts what is missing, profiles each
column and hashes the content; its time includes the start of its child process, its memory is that process's. Ratios
are medians of pairs that ran one after the other, so that a busy machine slows both. ``--large`` reads 1 GB, once.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

WORDS = [
    "the",
    "a",
    "service",
    "was",
    "friendly",
    "slow",
    "and",
    "again",
    "never",
    "would",
    "come",
    "back",
    "food",
    "staff",
    "room",
    "clean",
    "noisy",
    "price",
    "über",
    "好",
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--large", action="store_true", help="1 GB, once")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        reader, path, into = options.one
        print(json.dumps(measure(READERS[reader], Path(path), Path(into))))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "reviews.csv"
        write(path, 10**9 if options.large else options.megabytes * 10**6)
        compare(path, 1 if options.large else options.repeats)


def compare(path: Path, repeats: int) -> None:
    """Read the file with every reader in turns, and print medians, and those of the ratios to the workbench's."""
    megabytes = path.stat().st_size / 10**6
    found: dict[str, list[dict[str, float]]] = {name: [] for name in READERS}
    for _ in range(repeats):
        for name in READERS:
            with tempfile.TemporaryDirectory(dir=path.parent) as into:
                command = [sys.executable, "-m", "benchmarks.ingest", "--one", name, str(path), into]
                done = subprocess.run(command, check=True, capture_output=True, text=True)
            found[name].append(json.loads(done.stdout))
    print(f"{megabytes:,.0f} MB, median of {repeats}")
    for name, runs in found.items():
        seconds, peak, busy = (median(one[key] for one in runs) for key in ("seconds", "peak", "busy"))
        ratio = median(one["seconds"] / ours["seconds"] for one, ours in zip(runs, found["workbench"], strict=True))
        print(
            f"{name:<10} {seconds:7.2f} s {megabytes / seconds:7.0f} MB/s, {busy:6.2f} s of processors, "
            f"{peak / 10**6:7.0f} MB at most, takes {ratio:.2f} times as long as the workbench"
        )


def measure(read: Callable[[Path, Path], int], path: Path, into: Path) -> dict[str, float]:
    """Seconds that one reading takes, and the most memory that the process which reads has held."""
    started = time.perf_counter()
    who = read(path, into)
    seconds, used = time.perf_counter() - started, resource.getrusage(who)
    return {"seconds": seconds, "peak": used.ru_maxrss * 1024, "busy": used.ru_utime + used.ru_stime}


def with_workbench(path: Path, into: Path) -> int:
    from workbench.data import reading
    from workbench.data.read_options import ReadOptions
    from workbench.settings import Limits

    reading.take(path, path.name, ReadOptions(), Limits(), into)
    return resource.RUSAGE_CHILDREN


def with_pandas(path: Path, into: Path) -> int:
    import pandas as pd

    pd.read_csv(path, dtype=str, keep_default_na=False).to_parquet(into / "table.parquet", compression="zstd")
    return resource.RUSAGE_SELF


def with_pyarrow(path: Path, into: Path) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq
    from pyarrow import csv

    columns = path.open(encoding="utf-8").readline().strip().split(",")
    options = csv.ConvertOptions(column_types={name: pa.string() for name in columns}, strings_can_be_null=False)
    pq.write_table(csv.read_csv(path, convert_options=options), into / "table.parquet", compression="zstd")
    return resource.RUSAGE_SELF


READERS = {"workbench": with_workbench, "pandas": with_pandas, "pyarrow": with_pyarrow}


def write(path: Path, size: int) -> None:
    """Reviews of 5 to 60 words, no two alike, with a label, a number, a code and a date."""
    chance = random.Random(1)
    reviews = [" ".join(chance.choices(WORDS, k=chance.randint(5, 60))) for _ in range(20_000)]
    with path.open("w", encoding="utf-8") as file:
        file.write("text,label,stars,code,day\n")
        row = 0
        while file.tell() < size:
            lines = []
            for row in range(row, row + 10_000):  # noqa: B020
                text, label, code = chance.choice(reviews), "abc"[row % 3], chance.randrange(10**5)
                lines.append(f'"{text}, ""really"" {row}",{label},{row % 5 + 1},{code:05},2024-01-02\n')
            file.write("".join(lines))


if __name__ == "__main__":
    main()
