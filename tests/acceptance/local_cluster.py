"""A cluster on this machine for trying: `make cluster` starts it, Ctrl-C ends it.

A real broker, a real PostgreSQL and the roles of docker-compose.yml (two ingest, two detectors, a
notifier, a desk), all from Python packages. Mails are written to the outbox of the data folder.
"""

import sys
from pathlib import Path

from shared.ops.stop import Stop
from tests.acceptance.cluster import Cluster
from tests.kafka.broker import Broker
from tests.ports import free_port
from tests.postgres.server import empty, running

ROLES = ("ingest", "ingest", "detector", "detector", "notifier")


def main(folder: Path) -> None:
    """Start everything below `folder`, say where it is, wait to be ended."""
    stop = Stop()
    stop.on_signals()
    broker = Broker(folder / "kafka")
    broker.start()
    try:
        with running() as server, server.fresh(empty) as database:
            cluster = Cluster(
                folder / "vigia", database=database, bootstrap=broker.bootstrap, roles=ROLES
            )
            port = free_port()
            cluster.set(base_url=f"http://localhost:{port}")
            key = cluster("key", "create", "--scope", "admin").split()[-1]
            with cluster.up() as address:
                cluster.begin("desk", port)
                print(f"Kafka       {broker.bootstrap}, topics {cluster.prefix}.*")
                print(f"PostgreSQL  {database}")
                print(f"API         {address}  (key {key})")
                print(f"Desk        http://localhost:{port}/desk/")
                print(f"Roles say   {folder / 'vigia' / 'said'}")
                print(f"Mails       {folder / 'vigia' / 'outbox'}")
                print("Ctrl-C ends everything.", flush=True)
                while not stop.wait(60):
                    pass
    finally:
        broker.kill()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "vigia-cluster").absolute())
