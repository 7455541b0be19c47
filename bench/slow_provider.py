"""Whether a provider that takes 5 seconds an answer delays anybody else's messages.

    python bench/slow_provider.py [MAILS]

The same mails through one notifier, without and with 50 webhooks waiting beside them for a server
on this machine that answers each after 5 seconds.
"""

import argparse
import http.server
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import SecretStr

from bench.mail_alerts import fill
from bench.mail_sink import sink
from bench.mails import Spent, place, show, time_notifier
from services.notifier.registry import read_channel
from shared.ops.clock import SystemClock
from shared.ops.secret import load_secret
from shared.ops.settings import Settings
from shared.storage import deliveries, rep_channels, reps
from shared.storage.database import Database
from shared.storage.deliveries import NewDelivery
from shared.storage.reps import Rep
from tests.notifier.builders import announcement

WEBHOOKS = 50
SLOW_SECONDS = 5.0
SECRET = "whsec_" + "A" * 32


class _Slow(http.server.BaseHTTPRequestHandler):
    answered = 0

    def do_POST(self) -> None:
        time.sleep(SLOW_SECONDS)
        type(self).answered += 1
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mails", type=int, nargs="?", default=2_000)
    count = parser.parse_args().mails
    alone = run(count, url=None)
    with slow_server() as url:
        beside = run(count, url=url)
    show("mails alone", alone)
    show("beside it", beside)
    print(f"{'':14} {beside.wall / alone.wall:.2f} of the time; {_Slow.answered} webhooks answered")


@contextmanager
def slow_server() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"webhook+http://127.0.0.1:{server.server_port}/hook#{SECRET}"
    finally:
        server.shutdown()


def run(count: int, *, url: str | None) -> Spent:
    with place(postgres=False) as (database, log_database, settings), sink() as server:
        changes = {"smtp_url": SecretStr(server.url), "allowed_hosts": "127.0.0.1"}
        changed = settings.model_copy(update=changes)
        fill(database, range(count))
        if url is not None:
            add_webhooks(database, changed, url)
        return time_notifier(database, log_database, changed, server, count, profiled=False)


def add_webhooks(database: Database, settings: Settings, url: str) -> None:
    """A rep who is reached by the slow webhook, and much to tell."""
    clock, way = SystemClock(), read_channel(url)
    cipher = rep_channels.cipher_of(load_secret(settings).key(rep_channels.PURPOSE))
    new = []
    for number in range(WEBHOOKS):
        told = announcement(
            id=f"a_slow{number}", customer=f"S-{number}", rep="slow", at=clock.now()
        )
        new.append(
            NewDelivery(told.data["id"], 1, "rep", way.channel, told.to_dict(), None, way.recipient)
        )
    with database.write() as connection:
        reps.add(connection, Rep("slow", name="Slow"), clock.now())
        rep_channels.replace(connection, "slow", [way], cipher, clock.now())
        deliveries.keep(connection, new, clock.real())


if __name__ == "__main__":
    main()
