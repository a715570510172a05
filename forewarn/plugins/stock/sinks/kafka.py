"""Sink ``kafka``: each notification as a message of a Kafka topic, keyed by its record.

Options: ``servers`` (``host:port``, several with commas) and ``topic``, both needed; ``security`` (``tls`` or
``none``), ``ca_file``, ``certificate_file``, ``key_file``, ``key_password``; ``sasl`` (``PLAIN``, ``SCRAM-SHA-256`` or
``SCRAM-SHA-512``) with ``user`` and ``password``; ``timeout`` (20 seconds for a batch). ``password`` and
``key_password`` may be ``env:NAME`` or ``file:PATH``. It needs confluent-kafka: ``pip install 'forewarn[kafka]'``.
"""

from __future__ import annotations

import re
from typing import Any

from forewarn.plugins.api import Sink, SinkSettings
from forewarn.plugins.stock.sinks.options import Options

MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
PROTOCOLS = {
    ("none", False): "PLAINTEXT",
    ("tls", False): "SSL",
    ("none", True): "SASL_PLAINTEXT",
    ("tls", True): "SASL_SSL",
}
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_SERVER = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\s:,/\[\]]+)):\d{1,5}")
_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")


def open_sink(settings: SinkSettings) -> Sink:
    """The sink of a ``[sinks.NAME]`` table with ``kind = "kafka"``."""
    options = Options(
        settings,
        (
            *("servers", "topic", "timeout"),
            *("security", "ca_file", "certificate_file", "key_file", "key_password"),
            *("sasl", "user", "password"),
        ),
    )
    topic = options.text("topic")
    if not _TOPIC.fullmatch(topic) or topic in {".", ".."}:
        raise options.fault(
            f"option 'topic': Kafka cannot have a topic {topic!r}", hint="letters, digits, '.', '_', '-'"
        )
    timeout = options.whole("timeout", 20, least=1, most=60)
    client = {"bootstrap.servers": _servers(options), **_security(options)}
    try:
        from forewarn.plugins.stock.sinks.kafka_producer import KafkaSink  # noqa: PLC0415 - an extra, and heavy
    except ImportError as error:
        if error.name is None or not error.name.startswith("confluent_kafka"):
            raise
        raise options.fault(
            "kind 'kafka' needs confluent-kafka, which is not installed", hint="pip install 'forewarn[kafka]'"
        ) from error
    return KafkaSink(client, topic, timeout)


def _servers(options: Options) -> str:
    servers = [one.strip() for one in options.text("servers").split(",")]
    for one in servers:
        if not _SERVER.fullmatch(one):
            raise options.fault(f"option 'servers': {one!r} is not host:port", hint='write servers = "kafka:9092"')
    return ",".join(servers)


def _security(options: Options) -> dict[str, Any]:
    """How the client proves who it is, and who the broker is, in the words of librdkafka."""
    security = options.choice("security", "tls", ("tls", "none"))
    password = options.secret("password")
    client: dict[str, Any] = {"security.protocol": PROTOCOLS[security, password is not None]}
    if password is not None:
        hosts = {first or second for first, second in _SERVER.findall(_servers(options))}
        if security == "none" and not hosts <= LOOPBACK:
            raise options.fault("would send the password in the clear", hint='write security = "tls"')
        client["sasl.mechanism"] = options.choice("sasl", "SCRAM-SHA-512", MECHANISMS)
        client["sasl.username"], client["sasl.password"] = options.text("user"), password
    elif options.given("user") or options.given("sasl"):
        raise options.fault("has a user without a password", hint='write password = "env:NAME"')
    files = {
        "ca_file": "ssl.ca.location",
        "certificate_file": "ssl.certificate.location",
        "key_file": "ssl.key.location",
    }
    for name, setting in files.items():
        if options.given(name):
            path = options.path(name, "")
            if security == "none":
                raise options.fault(f"has {name!r} without TLS", hint='write security = "tls"')
            if not path.is_file():
                raise options.fault(f"option {name!r}: {path} is not a file")
            client[setting] = str(path)
    key_password = options.secret("key_password")
    if key_password is not None:
        client["ssl.key.password"] = key_password
    return client
