"""How fast events on Kafka are folded into SQLite, against two frameworks that sum them by week.

    make rivals

Quix Streams keeps a weekly tumbling window for each customer with its changelog topic, bytewax a
stateful map. Neither removes duplicates or keeps a ledger, as folding does. All read the same topic
on a real broker of this run, one after the other and by turns; of each the best run counts. A poll
of kafka-python that does nothing with what it gets shows the least that folding could take.
"""

import argparse
import subprocess
import tempfile
from pathlib import Path
from uuid import uuid4

from bench.kafka_fold import alone, fill, fold, poll_warm
from bench.kafka_purchases import NOW, kafka, make_topic, told_load
from shared.contract.topics import events_topic
from shared.ops.clock import SimulatedClock
from tests.kafka.broker import Broker

RUNS = 3
HERE = Path(__file__).parent
TARGETS = {"quixstreams": 5.0, "bytewax": 1.5}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", type=int, nargs="?", default=50_000)
    parser.add_argument("--python", type=Path, default=HERE.parent / ".venv-bench/bin/python")
    given = parser.parse_args()
    count: int = given.events
    clock = SimulatedClock(NOW)
    ours: list[float] = []
    bare: list[float] = []
    theirs: dict[str, list[float]] = {name: [] for name in TARGETS}
    with kafka() as broker:
        make_topic(broker, events_topic())
        fill(broker.bootstrap, clock, count)
        alone(poll_warm, broker.bootstrap, count)  # whoever reads first finds a broker that is cold
        for _ in range(RUNS):
            bare.append(alone(poll_warm, broker.bootstrap, count).wall)
            ours.append(ours_alone(broker, count))
            for name, times in theirs.items():
                times.append(rival(given.python, name, broker, count))
    best = min(ours)
    show("bare poll", min(bare), count)
    show("folded into SQLite", best, count)
    for name, times in theirs.items():
        show(name, min(times), count)
        print(f"{'':20} {min(times) / best:.1f} times its speed (at least {TARGETS[name]})")
        print(f"{'':20} {min(times) / min(bare):.1f} times its speed were the bare poll's")
    print(told_load())


def ours_alone(broker: Broker, count: int) -> float:
    """Seconds for all of it, in a process of its own as the rivals', by a new group."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'vigia.db'}"
        group = f"fold-{uuid4().hex}"
        return alone(fold, url, broker.bootstrap, count, group, False).wall  # not profiled


def rival(python: Path, name: str, broker: Broker, count: int) -> float:
    """Seconds that it says it took."""
    script = HERE / f"rival_{name}.py"
    words = [str(python), "-W", "ignore", str(script), broker.bootstrap, events_topic(), str(count)]
    said = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout
    return float(said.split()[-1])


def show(what: str, seconds: float, count: int) -> None:
    each, speed = seconds / count * 1e6, count / seconds
    print(f"{what:20} {each:6.1f} us a record; {speed:,.0f} records a second")


if __name__ == "__main__":
    main()
