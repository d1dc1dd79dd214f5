"""How fast does a CSV file become a table of the store, beside plain pandas and plain pyarrow, and in what memory?

python -m benchmarks.ingest [--megabytes 100] [--repeats 3]

Every reading is a process of its own, in turns; the file is in the page cache. The others read all columns as strings
and write Parquet. The workbench also checks every row, counts what is missing, profiles each column and hashes the
content; its time includes the start of its child process, its memory is that process's.
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
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        reader, path, into = options.one
        print(json.dumps(measure(READERS[reader], Path(path), Path(into))))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "reviews.csv"
        write(path, options.megabytes * 10**6)
        compare(path, options.repeats)


def compare(path: Path, repeats: int) -> None:
    """Read the file with every reader in turns, and print medians and their ratios to the workbench's."""
    megabytes = path.stat().st_size / 10**6
    found: dict[str, list[dict[str, float]]] = {name: [] for name in READERS}
    for _ in range(repeats):
        for name in READERS:
            with tempfile.TemporaryDirectory() as into:
                command = [sys.executable, "-m", "benchmarks.ingest", "--one", name, str(path), into]
                done = subprocess.run(command, check=True, capture_output=True, text=True)
            found[name].append(json.loads(done.stdout))
    ours = median(one["seconds"] for one in found["workbench"])
    print(f"{megabytes:.0f} MB, median of {repeats}")
    for name, runs in found.items():
        seconds, peak = median(one["seconds"] for one in runs), median(one["peak"] for one in runs)
        rate, ratio = megabytes / seconds, ours / seconds
        print(f"{name:<10} {seconds:6.2f} s  {rate:6.1f} MB/s  {peak / 10**6:6.0f} MB  {ratio:5.2f} x as fast as ours")


def measure(read: Callable[[Path, Path], int], path: Path, into: Path) -> dict[str, float]:
    """Seconds that one reading takes, and the most memory that the process which reads has held."""
    started = time.perf_counter()
    who = read(path, into)
    return {"seconds": time.perf_counter() - started, "peak": resource.getrusage(who).ru_maxrss * 1024}


def with_workbench(path: Path, into: Path) -> int:
    from workbench.data import reading
    from workbench.data.read_options import ReadOptions
    from workbench.settings import Limits

    reading.take(path, path.name, ReadOptions(), Limits(), into)
    return resource.RUSAGE_CHILDREN


def with_pandas(path: Path, into: Path) -> int:
    import pandas as pd

    pd.read_csv(path, dtype=str, keep_default_na=False).to_parquet(into / "table.parquet")
    return resource.RUSAGE_SELF


def with_pyarrow(path: Path, into: Path) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq
    from pyarrow import csv

    columns = path.open(encoding="utf-8").readline().strip().split(",")
    options = csv.ConvertOptions(column_types={name: pa.string() for name in columns}, strings_can_be_null=False)
    pq.write_table(csv.read_csv(path, convert_options=options), into / "table.parquet")
    return resource.RUSAGE_SELF


READERS = {"workbench": with_workbench, "pandas": with_pandas, "pyarrow": with_pyarrow}


def write(path: Path, size: int) -> None:
    """Reviews of 5 to 60 words with a label, a number, a code and a date."""
    chance = random.Random(1)
    with path.open("w", encoding="utf-8") as file:
        file.write("text,label,stars,code,day\n")
        written = 0
        while written < size:
            text = " ".join(chance.choices(WORDS, k=chance.randint(5, 60)))
            label, stars, code = chance.choice("abc"), chance.randint(1, 5), f"{chance.randrange(10**5):05}"
            row = f'"{text}, ""really""",{label},{stars},{code},2024-01-02\n'
            written += len(row.encode())
            file.write(row)


if __name__ == "__main__":
    main()
