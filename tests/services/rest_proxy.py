"""A stand-in for the Kafka REST proxy, written against its published contract: it produces to a real broker.

What it knows of it: API v3 (clusters, topics, records as a stream of JSON documents with an answer each) and API v2
(topics, records in the embedded formats JSON and binary).

``python tests/services/rest_proxy.py --kafka HOST:PORT`` runs it until Ctrl-C.
"""

from __future__ import annotations

import argparse
import base64
import hmac
import json
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from services.running import LOOPBACK, stay

SECONDS = 10.0
V2_FORMATS: dict[str, Callable[[Any], bytes]] = {
    "application/vnd.kafka.json.v2+json": lambda data: json.dumps(data).encode(),
    "application/vnd.kafka.binary.v2+json": base64.b64decode,
}
RETRIABLE_STATUS = 500

Fault = tuple[int, str]


@dataclass
class Misbehaviour:
    """What a test makes the proxy do wrong.

    ``answers`` are statuses (with headers) for the next requests to produce, one each, instead of producing; ``record``
    answers an error code and message for a record that is to fail; each request waits ``seconds`` first.
    """

    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    record: Callable[[dict[str, Any]], Fault | None] = lambda record: None
    seconds: float = 0.0


class RestProxy:
    """The stand-in, listening on a free port of loopback; with ``credentials`` each request must carry that header."""

    def __init__(self, kafka: str, *, credentials: str | None = None) -> None:
        self.kafka = kafka
        self.credentials = credentials
        self.wrong = Misbehaviour()
        self.requests: list[tuple[str, str]] = []
        self.admin = AdminClient({"bootstrap.servers": kafka, "log_level": 0})
        self.producer = Producer(
            {
                "bootstrap.servers": kafka,
                "enable.idempotence": True,
                "partitioner": "murmur2_random",
                "message.timeout.ms": int(SECONDS * 1000),
                "log_level": 0,
            }
        )
        self.cluster = self.admin.list_topics(timeout=SECONDS).cluster_id
        self._server = ThreadingHTTPServer((LOOPBACK, 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{LOOPBACK}:{self._server.server_address[1]}"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def topics(self) -> dict[str, Any]:
        """The topics of the broker, by name."""
        return dict(self.admin.list_topics(timeout=SECONDS).topics)

    def produce(self, topic: str, record: dict[str, Any]) -> tuple[KafkaError | None, Any]:
        """Hand one record to the broker and wait for what becomes of it."""
        done: list[tuple[KafkaError | None, Any]] = []
        value = record.get("value")
        try:
            self.producer.produce(
                topic,
                value=None if value is None else value,
                key=record.get("key"),
                headers=record.get("headers") or [],
                on_delivery=lambda error, message: done.append((error, message)),
            )
        except KafkaException as error:
            return error.args[0], None
        ends = time.monotonic() + SECONDS + 1
        while not done and time.monotonic() < ends:
            self.producer.poll(0.05)
        return done[0] if done else (KafkaError(KafkaError._TIMED_OUT), None)


def _handler(proxy: RestProxy) -> type[BaseHTTPRequestHandler]:
    class Handler(_Session):
        standing_in = proxy

    return Handler


class _Session(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    standing_in: RestProxy

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: tests are quiet."""

    def do_GET(self) -> None:
        self._route("GET", b"")

    def do_POST(self) -> None:
        self._route("POST", self.rfile.read(int(self.headers.get("Content-Length", "0"))))

    def _route(self, method: str, body: bytes) -> None:
        path = urlsplit(self.path).path.rstrip("/")
        self.standing_in.requests.append((method, path))
        wanted = self.standing_in.credentials
        if wanted is not None and not hmac.compare_digest(self.headers.get("Authorization", ""), wanted):
            self._fault(401, 40101, "Authentication failed")
            return
        for pattern, verb, answer in _ROUTES:
            match = re.fullmatch(pattern, path)
            if match and verb == method:
                answer(self, *map(unquote, match.groups()), body)
                return
        self._fault(404, 404, "HTTP 404 Not Found")

    def _clusters(self, _: bytes) -> None:
        self._send(
            200,
            {"kind": "KafkaClusterList", "data": [{"kind": "KafkaCluster", "cluster_id": self.standing_in.cluster}]},
        )

    def _topic(self, cluster: str, name: str, _: bytes) -> None:
        if self._knows(cluster):
            if name in self.standing_in.topics():
                self._send(200, self._told(name))
            else:
                self._fault(404, 40403, "This server does not host this topic-partition.")

    def _create(self, cluster: str, body: bytes) -> None:
        if not self._knows(cluster):
            return
        wanted = json.loads(body)
        name = wanted["topic_name"]
        new = NewTopic(
            name,
            num_partitions=wanted.get("partitions_count", 1),
            replication_factor=wanted.get("replication_factor", 1),
        )
        try:
            self.standing_in.admin.create_topics([new], operation_timeout=SECONDS)[name].result(SECONDS)
        except KafkaException as error:
            known = error.args[0].code() == KafkaError.TOPIC_ALREADY_EXISTS
            self._fault(400, 40002 if known else 40001, error.args[0].str())
        else:
            ends = time.monotonic() + SECONDS
            # The controller has it; the broker that is asked next learns so a moment later.
            while name not in self.standing_in.topics() and time.monotonic() < ends:
                time.sleep(0.02)
            self._send(201, self._told(name))

    def _records_v3(self, cluster: str, topic: str, body: bytes) -> None:
        if not self._knows(cluster) or self._misbehaves():
            return
        answers = []
        for request in _documents(body.decode()):
            fault = self.standing_in.wrong.record(request)
            if fault is not None:
                answers.append({"error_code": fault[0], "message": fault[1]})
                continue
            record = {part: _bytes_v3(request.get(part)) for part in ("key", "value")}
            record["headers"] = [(one["name"], base64.b64decode(one["value"])) for one in request.get("headers", [])]
            error, message = self.standing_in.produce(topic, record)
            if error is not None:
                answers.append({"error_code": _code(error), "message": error.str()})
            else:
                answers.append(
                    {
                        "error_code": 200,
                        "cluster_id": cluster,
                        "topic_name": topic,
                        "partition_id": message.partition(),
                        "offset": message.offset(),
                    }
                )
        self._answer(200, "".join(json.dumps(one) + "\r\n" for one in answers).encode(), "application/json")

    def _topics_v2(self, _: bytes) -> None:
        self._send(200, sorted(self.standing_in.topics()))

    def _topic_v2(self, name: str, _: bytes) -> None:
        if name in self.standing_in.topics():
            self._send(200, {"name": name, "configs": {}, "partitions": []})
        else:
            self._fault(404, 40401, "Topic not found.")

    def _records_v2(self, topic: str, body: bytes) -> None:
        if self._misbehaves():
            return
        encoded = V2_FORMATS.get(self.headers.get("Content-Type", ""))
        if encoded is None:
            self._fault(415, 415, "HTTP 415 Unsupported Media Type")
            return
        offsets = []
        for request in json.loads(body)["records"]:
            fault = self.standing_in.wrong.record(request)
            if fault is not None:
                offsets.append({"partition": None, "offset": None, "error_code": fault[0], "error": fault[1]})
                continue
            record = {part: None if request.get(part) is None else encoded(request[part]) for part in ("key", "value")}
            error, message = self.standing_in.produce(topic, record)
            if error is not None:
                kind = 2 if _code(error) >= RETRIABLE_STATUS * 100 else 1
                offsets.append({"partition": None, "offset": None, "error_code": kind, "error": error.str()})
            else:
                place = {"partition": message.partition(), "offset": message.offset()}
                offsets.append({**place, "error_code": None, "error": None})
        self._send(200, {"key_schema_id": None, "value_schema_id": None, "offsets": offsets})

    def _knows(self, cluster: str) -> bool:
        if cluster != self.standing_in.cluster:
            self._fault(404, 40401, f"Cluster {cluster} cannot be found.")
        return cluster == self.standing_in.cluster

    def _misbehaves(self) -> bool:
        """Whether a test wants something else than the records produced; done then."""
        time.sleep(self.standing_in.wrong.seconds)
        if not self.standing_in.wrong.answers:
            return False
        status, headers = self.standing_in.wrong.answers.pop(0)
        document = {"error_code": status, "message": f"HTTP {status}"}
        self._answer(status, json.dumps(document).encode(), "application/json", headers)
        return True

    def _told(self, name: str) -> dict[str, Any]:
        partitions = len(self.standing_in.topics()[name].partitions)
        return {"kind": "KafkaTopic", "topic_name": name, "partitions_count": partitions}

    def _send(self, status: int, document: object) -> None:
        self._answer(status, json.dumps(document).encode(), "application/json")

    def _fault(self, status: int, code: int, message: str) -> None:
        self._send(status, {"error_code": code, "message": message})

    def _answer(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        try:
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True


_ROUTES: tuple[tuple[str, str, Callable[..., None]], ...] = (
    (r"/v3/clusters", "GET", _Session._clusters),
    (r"/v3/clusters/([^/]+)/topics", "POST", _Session._create),
    (r"/v3/clusters/([^/]+)/topics/([^/]+)", "GET", _Session._topic),
    (r"/v3/clusters/([^/]+)/topics/([^/]+)/records", "POST", _Session._records_v3),
    (r"/topics", "GET", _Session._topics_v2),
    (r"/topics/([^/]+)", "GET", _Session._topic_v2),
    (r"/topics/([^/]+)", "POST", _Session._records_v2),
)


def _documents(text: str) -> Iterator[dict[str, Any]]:
    """The JSON documents of a text, one after another."""
    decoder, at = json.JSONDecoder(), 0
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        document, at = decoder.raw_decode(text, at)
        yield document


def _bytes_v3(part: dict[str, Any] | None) -> bytes | None:
    """A key or value as the broker gets it."""
    if part is None or part.get("data") is None:
        return None
    kind, data = part["type"], part["data"]
    if kind == "BINARY":
        return base64.b64decode(data)
    return data.encode() if kind == "STRING" else json.dumps(data).encode()


def _code(error: KafkaError) -> int:
    """The code that the proxy has for an error of the broker: status of HTTP × 100 and a number below it."""
    codes = {
        KafkaError.MSG_SIZE_TOO_LARGE: 42201,
        KafkaError.TOPIC_AUTHORIZATION_FAILED: 40301,
        KafkaError.SASL_AUTHENTICATION_FAILED: 40101,
        KafkaError.UNKNOWN_TOPIC_OR_PART: 40403,
        KafkaError._UNKNOWN_TOPIC: 40403,
    }
    return codes.get(error.code(), 50003 if error.retriable() else 50002)


def main() -> int:
    """Run it until Ctrl-C."""
    parser = argparse.ArgumentParser(description="A stand-in for the Kafka REST proxy (APIs v3 and v2) on loopback.")
    parser.add_argument("--kafka", required=True, metavar="HOST:PORT", help="the broker to produce to")
    proxy = RestProxy(parser.parse_args().kafka)
    print(f"the stand-in for the REST proxy listens on {proxy.url}", flush=True)
    stay()
    proxy.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
