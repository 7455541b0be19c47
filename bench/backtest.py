"""The backtest of a real CSV file, against a plain csv.DictReader pass over the same file.

    python bench/backtest.py FILE --mapping docs/mappings/online_retail.toml

Both run as processes of their own, one after the other, and count CPU and wall seconds; the
backtest runs as `vigia backtest` does, with everything it loads, without the rules of today and
without resampling, which are timed beside it.
"""

import argparse
import sys
from pathlib import Path

from bench.import_file import READ, peak_megabytes, run

LIMIT_RATIO = 6
LIMIT_MEGABYTES = 1000
VIGIA = (sys.executable, "-c", "from services.cli.main import run; run()")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--mapping", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    words = (*VIGIA, "backtest", str(given.file), "--mapping", str(given.mapping), "--json")
    plain, bare = [], []
    for _ in range(given.runs):
        plain.append(run(sys.executable, "-c", READ, str(given.file)))
        bare.append(run(*words, "--no-rivals", "--resamples", "0"))
    peak = peak_megabytes()
    full_cpu, full_wall = run(*words)
    (read_cpu, read_wall), (cpu, wall) = min(plain), min(bare)
    ratio = cpu / read_cpu
    print(f"csv.DictReader                  {read_cpu:.2f} s CPU, {read_wall:.2f} s")
    print(f"backtest                        {cpu:.2f} s CPU, {wall:.2f} s")
    print(f"with rivals and 400 resamples   {full_cpu:.2f} s CPU, {full_wall:.2f} s")
    print(f"ratio of CPU {ratio:.1f} (at most {LIMIT_RATIO}), of wall {wall / read_wall:.1f}")
    print(f"peak memory {peak:.0f} MB (under {LIMIT_MEGABYTES})")
    sys.exit(ratio > LIMIT_RATIO or peak > LIMIT_MEGABYTES)


if __name__ == "__main__":
    main()
