"""The session's one broker, and topics on it that no other test uses."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.kafka.broker import Broker

_NUMBERS = count(1)

# One of the processes that share the tests starts the broker: for whatever asks for it, and for
# what is marked so because it asks only once it runs.
with_broker = pytest.mark.xdist_group("kafka")


@pytest.fixture(scope="session")
def kafka_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Broker"]:
    """A real broker of this session; a test that froze or killed it brings it back."""
    from tests.kafka.broker import Broker

    broker = Broker(tmp_path_factory.mktemp("kafka"))
    broker.start()
    yield broker
    broker.kill()


@pytest.fixture(scope="session")
def kafka_admin(kafka_broker: "Broker") -> Iterator[Any]:
    """kafka-python's admin client."""
    from kafka import KafkaAdminClient

    admin = KafkaAdminClient(bootstrap_servers=kafka_broker.bootstrap, reconnect_backoff_max_ms=500)
    yield admin
    admin.close()


@pytest.fixture
def kafka_topics(kafka_admin: Any) -> Callable[..., str]:
    """Makes topics of the given names and numbers of partitions; returns their prefix."""

    def make(**partitions: int) -> str:
        prefix = f"t{next(_NUMBERS)}"
        topics = {f"{prefix}.{name}": {"num_partitions": n} for name, n in partitions.items()}
        kafka_admin.create_topics(topics, wait_for_metadata=True)
        return prefix

    return make
