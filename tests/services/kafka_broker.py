"""Apache Kafka's own broker, for tests and for trying things out: one node in KRaft mode, on loopback.

``python tests/services/kafka_broker.py fetch`` gets its files with Maven, ``… run`` runs it until Ctrl-C.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from services.running import LOOPBACK, answers, free_ports, start, stay, wait_until

POM = Path(__file__).resolve().parent / "kafka" / "pom.xml"
VERSION = re.findall(r"kafka_2\.13</artifactId>\s*<version>([\d.]+)</version>", POM.read_text("utf-8"))[0]
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "forewarn-services"
LIBRARY = CACHE / f"kafka-{VERSION}-{hashlib.sha256(POM.read_bytes()).hexdigest()[:8]}"
CLUSTER = "Zm9yZXdhcm4tdGVzdC1idXM"
SMALL = (
    "-Xmx256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xshare:auto",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
)
"""A broker for tests: quick to start, little memory."""


def fetch() -> Path:
    """Get the broker and all it needs to run with Maven, once; raises RuntimeError where Java or Maven is missing."""
    if not LIBRARY.is_dir():
        for program in ("java", "mvn"):
            if shutil.which(program) is None:
                raise RuntimeError(f"{program} is not installed: the broker needs a Java runtime and Maven")
        LIBRARY.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=LIBRARY.parent) as folder:
            jars = Path(folder) / "jars"
            goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={jars}"]
            subprocess.run(["mvn", "-q", "-B", "-f", str(POM), *goal], check=True)
            if not LIBRARY.is_dir():
                jars.rename(LIBRARY)
    return LIBRARY


def missing() -> str | None:
    """Why the broker cannot run here, or ``None``."""
    if shutil.which("java") is None:
        return "no Java runtime to run Kafka's broker"
    if not LIBRARY.is_dir():
        return "Kafka's broker is not fetched: python tests/services/kafka_broker.py fetch"
    return None


class Broker:
    """One broker. Its data and its port outlive `stop`, so that `start` goes on where it was; `remove` ends it.

    ``settings`` are added to ``server.properties``; ``users`` (name → password) make its listener ask for one of them,
    by SASL PLAIN or SCRAM-SHA-512.
    """

    def __init__(self, settings: Mapping[str, str] | None = None, users: Mapping[str, str] | None = None) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="forewarn-kafka-"))
        self._log = self._folder / "broker.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._port, controller = free_ports(2)
        protocol = "SASL_PLAINTEXT" if users else "PLAINTEXT"
        lines = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.bootstrap.servers": f"{LOOPBACK}:{controller}",
            "controller.listener.names": "CONTROLLER",
            "listeners": f"CLIENTS://{LOOPBACK}:{self._port},CONTROLLER://{LOOPBACK}:{controller}",
            "listener.security.protocol.map": f"CLIENTS:{protocol},CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "CLIENTS",
            "log.dirs": str(self._folder / "data"),
            "auto.create.topics.enable": "false",
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "1",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "transaction.state.log.num.partitions": "1",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            **(_asking(users) if users else {}),
            **(settings or {}),
        }
        self._users = dict(users or {})
        self._settings = self._folder / "server.properties"
        self._settings.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
        self._format()

    @property
    def address(self) -> str:
        """What clients connect to first: ``host:port``."""
        return f"{LOOPBACK}:{self._port}"

    def start(self) -> None:
        """Start, or start again, and wait until it listens."""
        self._process = start(self._java("kafka.Kafka", str(self._settings)), self._log)
        wait_until(lambda: answers(self._port), self._process, self._log, seconds=120)

    def stop(self, *, kill: bool = False) -> None:
        """Let it end in order, or ``kill`` it as a power cut would; what it has acknowledged it keeps."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def pause(self) -> None:
        """Let it stand still: it holds its connections and answers nothing, until `resume`."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def remove(self) -> None:
        """Stop it and take its data away."""
        self.resume()
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _format(self) -> None:
        """Make its data folder, which KRaft wants formatted before the first start."""
        command = ["format", "-t", CLUSTER, "-c", str(self._settings), "--standalone"]
        for name, password in self._users.items():
            command += ["--add-scram", f"SCRAM-SHA-512=[name={name},password={password}]"]
        tool = self._java("kafka.tools.StorageTool", *command)
        done = subprocess.run(tool, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"the broker's folder cannot be formatted:\n{done.stdout}{done.stderr}")

    def _java(self, *command: str) -> list[str]:
        return [shutil.which("java") or "java", *SMALL, "-cp", f"{fetch()}/*", *command]


def _asking(users: Mapping[str, str]) -> dict[str, str]:
    """Settings of a listener that asks for a user and password; the broker itself is a user too."""
    (name, password) = next(iter(users.items()))
    known = " ".join(f'user_{user}="{secret}"' for user, secret in users.items())
    module = "org.apache.kafka.common.security.plain.PlainLoginModule required"
    return {
        "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "listener.name.clients.scram-sha-512.sasl.jaas.config": (
            "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        ),
        "listener.name.clients.plain.sasl.jaas.config": (f'{module} username="{name}" password="{password}" {known};'),
    }


def main() -> int:
    """Fetch or run the broker, as the command line says."""
    parser = argparse.ArgumentParser(description="Apache Kafka's own broker on loopback, for tests and trying out.")
    parser.add_argument("verb", choices=("fetch", "run"), help="fetch its files by Maven; or run it until Ctrl-C")
    verb = parser.parse_args().verb
    started = time.monotonic()
    try:
        folder = fetch()
    except (RuntimeError, subprocess.CalledProcessError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if verb == "fetch":
        print(f"Kafka {VERSION} is in {folder}")
        return 0
    broker = Broker()
    try:
        broker.start()
        print(f"Kafka {VERSION} listens after {time.monotonic() - started:.1f} s; for the tests:")
        print(f"export FOREWARN_TEST_KAFKA={broker.address}", flush=True)
        stay()
    finally:
        broker.remove()
    return 0


if __name__ == "__main__":
    sys.exit(main())
