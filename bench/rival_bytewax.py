"""Bytewax sums each customer's purchases by week in a stateful map.

    .venv-bench/bin/python bench/rival_bytewax.py BOOTSTRAP TOPIC

Run by bench/kafka_rivals.py in the virtual environment of `make rivals`. Prints the seconds from
the first record to the end of the flow.
"""

import json
import sys
import time
from datetime import datetime
from typing import Any

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSource
from bytewax.dataflow import Dataflow
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.testing import run_main

WEEK = 7 * 86_400
seen: list[float] = []
Weeks = dict[int, float]


def event_of(message: Any) -> tuple[str, dict[str, Any]]:
    if not seen:
        seen.append(time.perf_counter())
    return message.key.decode(), json.loads(message.value)


def add(weeks: Weeks | None, event: dict[str, Any]) -> tuple[Weeks, float]:
    weeks = {} if weeks is None else weeks
    week = int(datetime.fromisoformat(event["time"]).timestamp()) // WEEK
    weeks[week] = weeks.get(week, 0.0) + float(event["data"]["amount"])
    return weeks, weeks[week]


class Nothing(StatelessSinkPartition[Any]):  # type: ignore[misc]
    def write_batch(self, items: list[Any]) -> None:
        """Whatever comes is dropped."""


class Nowhere(DynamicSink[Any]):  # type: ignore[misc]
    def build(self, *_: object) -> Nothing:
        return Nothing()


def main(bootstrap: str, topic: str) -> None:
    flow = Dataflow("rival")
    messages = op.input("in", flow, KafkaSource([bootstrap], [topic], tail=False))
    keyed = op.map("key", messages, event_of)
    op.output("out", op.stateful_map("sum", keyed, add), Nowhere())
    run_main(flow)
    print(time.perf_counter() - seen[0])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
