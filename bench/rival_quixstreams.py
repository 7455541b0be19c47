"""Quix Streams sums each customer's purchases by week, with a changelog topic for its state.

    .venv-bench/bin/python bench/rival_quixstreams.py BOOTSTRAP TOPIC COUNT

Run by bench/kafka_rivals.py in the virtual environment of `make rivals`. Prints the seconds from
the first record to the end of its last checkpoint.
"""

import sys
import tempfile
import time
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from quixstreams import Application

seen: list[float] = []


def at(value: dict[str, Any], *_: object) -> int:
    """Milliseconds of a purchase's own time, which decides its week."""
    if not seen:
        seen.append(time.perf_counter())
    return int(datetime.fromisoformat(value["time"]).timestamp() * 1000)


def main(bootstrap: str, topic: str, count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        app = Application(
            broker_address=bootstrap,
            consumer_group=f"quix-{uuid4().hex}",
            auto_offset_reset="earliest",
            state_dir=folder,
            loglevel="ERROR",
        )
        events = app.topic(topic, value_deserializer="json", timestamp_extractor=at)
        sums = app.dataframe(events).apply(lambda event: float(event["data"]["amount"]))
        sums.tumbling_window(timedelta(days=7)).sum().current()
        app.run(count=count)
    print(time.perf_counter() - seen[0])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
