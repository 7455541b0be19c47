"""The topics on the cluster: made, grown and set as the settings say; described for doctors."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import kafka.errors as kafka_errors
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource
from kafka.net.compat import KafkaNetClient

from shared.eventlog.kafka_cluster import SETTINGS
from shared.eventlog.kafka_quirks import tame_kafka
from shared.ops.errors import ConfigurationError, LogUnavailable

LARGEST_RECORD_BYTES = 16 * 2**20  # whatever ingest accepts in one request fits
CLUSTERS_CHOICE = -1
_UNKNOWN = kafka_errors.UnknownTopicOrPartitionError.errno
_TIMEOUT_MS = 15_000


@dataclass(frozen=True, slots=True)
class TopicShape:
    """What a topic should be. `replication` -1 leaves the number of copies to the cluster."""

    partitions: int = 24
    retention: timedelta = timedelta(days=30)
    segment: timedelta = timedelta(days=1)
    replication: int = CLUSTERS_CHOICE

    @property
    def configs(self) -> dict[str, str]:
        """Kafka's settings. The brokers stamp records, so a writer's clock deletes nothing."""
        return {
            "retention.ms": str(self.retention // timedelta(milliseconds=1)),
            "segment.ms": str(self.segment // timedelta(milliseconds=1)),
            "message.timestamp.type": "LogAppendTime",
            "max.message.bytes": str(LARGEST_RECORD_BYTES),
            "cleanup.policy": "delete",
        }

    def different(self, configs: Mapping[str, str]) -> dict[str, str]:
        """Those of Kafka's settings that are not so in `configs`, as they should be."""
        return {key: value for key, value in self.configs.items() if configs.get(key) != value}


@dataclass(frozen=True, slots=True)
class TopicState:
    """What a topic is; `replicas` is the smallest number of copies among its partitions."""

    partitions: int
    replicas: int
    configs: Mapping[str, str]


def prepare_topics(
    bootstrap: str, topics: Mapping[str, TopicShape], *, access: Mapping[str, Any] | None = None
) -> list[str]:
    """Make the cluster's topics what they should be and say what was changed, a line each.

    `topics` by their names on the cluster. May be run by any number of processes at once and
    again at any time. Partitions are only ever added: the keys of new records then spread
    anew. Raises LogUnavailable when no broker answers, ConfigurationError when one refuses.
    """
    with _admin(bootstrap, access) as admin:
        changed = [line for name, shape in topics.items() for line in _prepare(admin, name, shape)]
        admin.wait_for_topics(list(topics), timeout_ms=_TIMEOUT_MS)
    return changed


def plan_topics(
    bootstrap: str, topics: Mapping[str, TopicShape], *, access: Mapping[str, Any] | None = None
) -> list[str]:
    """What `prepare_topics` would change, a line each; raises what it raises."""
    states = describe_topics(bootstrap, topics, access=access)
    return [line for name, shape in topics.items() for line in _planned(name, shape, states[name])]


def describe_topics(
    bootstrap: str, names: Iterable[str], *, access: Mapping[str, Any] | None = None
) -> dict[str, TopicState | None]:
    """The state of each topic by its name on the cluster, None for one that is not there.

    Raises LogUnavailable and ConfigurationError as `prepare_topics` does.
    """
    with _admin(bootstrap, access) as admin:
        return {name: _state(admin, name) for name in names}


def _prepare(admin: Any, name: str, shape: TopicShape) -> list[str]:
    if _create(admin, name, shape):
        return [f"{name}: created with {shape.partitions} partitions"]
    state = _state(admin, name)
    if state is None:  # made by another process this moment
        admin.wait_for_topics([name], timeout_ms=_TIMEOUT_MS)
        state = _state(admin, name)
    assert state is not None
    lines = []
    if state.partitions < shape.partitions and _grow(admin, name, shape.partitions):
        lines.append(f"{name}: grown from {state.partitions} to {shape.partitions} partitions")
    different = shape.different(state.configs)
    if different:
        [answer] = admin.alter_configs([_resource(name, different)])["topic"].values()
        if answer != "OK":
            raise ConfigurationError(f"Kafka refuses to set {', '.join(different)} of {name}")
        lines += [f"{name}: {key} set to {value}" for key, value in different.items()]
    return lines


def _planned(name: str, shape: TopicShape, state: TopicState | None) -> list[str]:
    if state is None:
        return [f"would create {name} with {shape.partitions} partitions"]
    lines = []
    if state.partitions < shape.partitions:
        lines.append(f"would grow {name} from {state.partitions} to {shape.partitions} partitions")
    different = shape.different(state.configs)
    return lines + [f"would set {key} of {name} to {value}" for key, value in different.items()]


def _create(admin: Any, name: str, shape: TopicShape) -> bool:
    wanted = {
        "num_partitions": shape.partitions,
        "replication_factor": shape.replication,
        "configs": shape.configs,
    }
    try:
        admin.create_topics({name: wanted}, timeout_ms=_TIMEOUT_MS)
    except kafka_errors.TopicAlreadyExistsError:
        return False
    return True


def _grow(admin: Any, name: str, partitions: int) -> bool:
    try:
        admin.create_partitions({name: partitions}, timeout_ms=_TIMEOUT_MS)
    except kafka_errors.InvalidPartitionsError:  # another process has done it
        return False
    return True


def _state(admin: Any, name: str) -> TopicState | None:
    [topic] = admin.describe_topics([name])
    if topic["error_code"] == _UNKNOWN:
        return None
    found = admin.describe_configs([_resource(name, None)], config_filter="all")
    configs = {key: str(entry["value"]) for key, entry in found["topic"][name].items()}
    partitions = topic["partitions"]
    replicas = min((len(partition["replica_nodes"]) for partition in partitions), default=0)
    return TopicState(len(partitions), replicas, configs)


def _resource(name: str, configs: Mapping[str, str] | None) -> Any:
    return ConfigResource("topic", name, configs)


@contextmanager
def _admin(bootstrap: str, access: Mapping[str, Any] | None) -> Iterator[Any]:
    tame_kafka()
    clients: list[Any] = []

    def connect(**config: Any) -> Any:
        setup = {name: SETTINGS[name] for name in SETTINGS if name not in config}
        clients.append(KafkaNetClient(**{**setup, **config}))
        return clients[-1]

    try:
        yield KafkaAdminClient(
            bootstrap_servers=bootstrap.split(","),
            bootstrap_timeout_ms=3000,
            request_timeout_ms=_TIMEOUT_MS,
            kafka_client=connect,
            **(access or {}),
        )
    except kafka_errors.RetriableError as error:
        raise LogUnavailable(
            f"Kafka at {bootstrap} does not answer ({type(error).__name__}); see whether it runs "
            "and is reachable"
        ) from None
    except kafka_errors.KafkaError as error:
        raise ConfigurationError(
            f"Kafka at {bootstrap} refuses to change its topics with {type(error).__name__}; "
            "correct the settings or this user's rights"
        ) from None
    finally:
        for client in clients:
            client.close()
