"""Import and fold a real CSV file, against a plain csv.DictReader pass over the same file.

    python bench/import_file.py FILE --mapping docs/mappings/online_retail.toml

Both run as processes of their own, one after the other, and count CPU and wall seconds; the
import is run into a new folder, as `vigia import` does it, with everything it loads.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

READ = """
import csv, gzip, sys
with gzip.open(sys.argv[1], "rt", newline="") as file:
    print(sum(1 for _ in csv.DictReader(file)), "rows")
"""
LIMIT_RATIO = 8
LIMIT_MEGABYTES = 400


def run(*command: str) -> tuple[float, float]:
    """CPU seconds and wall seconds of a command, which must succeed."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    used, started = cpu(), time.perf_counter()
    subprocess.run(command, check=True, env=kept, stdout=subprocess.DEVNULL)
    return cpu() - used, time.perf_counter() - started


def cpu() -> float:
    """CPU seconds of all commands that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def peak_megabytes() -> float:
    """The most memory that any ended command held."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--mapping", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    plain, whole = [], []
    for _ in range(given.runs):
        plain.append(run(sys.executable, "-c", READ, str(given.file)))
        with tempfile.TemporaryDirectory() as folder:
            words = ["import", str(given.file), "--mapping", str(given.mapping), "--data", folder]
            whole.append(
                run(sys.executable, "-c", "from services.cli.main import run; run()", *words)
            )
    peak = peak_megabytes()
    (read_cpu, read_wall), (all_cpu, all_wall) = min(plain), min(whole)
    ratio = all_cpu / read_cpu
    print(f"csv.DictReader   {read_cpu:.2f} s CPU, {read_wall:.2f} s")
    print(f"import and fold  {all_cpu:.2f} s CPU, {all_wall:.2f} s")
    print(f"ratio of CPU {ratio:.1f} (at most {LIMIT_RATIO}), of wall {all_wall / read_wall:.1f}")
    print(f"peak memory {peak:.0f} MB (under {LIMIT_MEGABYTES})")
    sys.exit(ratio > LIMIT_RATIO or peak > LIMIT_MEGABYTES)


if __name__ == "__main__":
    main()
