"""Sink ``rest_proxy``: notifications as records of Kafka topics, posted to a Kafka REST proxy.

Options: ``url`` (needed), ``topic`` (for what no topic was picked for), ``api`` (``v3`` or ``v2``), ``cluster`` (the
cluster's id under v3; asked for where it is not given), ``token``, or ``user`` and ``password`` (each of the secrets
may be ``env:NAME`` or ``file:PATH``), ``timeout`` (10 seconds for each answer). As the spoke of an open message bus it
makes topics too, under v3.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from typing import Any

from forewarn.plugins.api import Notification, Sink, SinkSettings
from forewarn.plugins.stock.sinks.documents import document_bytes, document_of
from forewarn.plugins.stock.sinks.options import Options
from forewarn.plugins.stock.sinks.posting import open_client, url_of
from forewarn.plugins.stock.sinks.proxy_posting import Api, RecordAnswer, RestProxySink

V2 = "application/vnd.kafka.binary.v2+json"
NOT_RETRIABLE, RETRIABLE = 1, 2
"""What error codes of single records mean under v2."""


def open_sink(settings: SinkSettings) -> Sink:
    """The sink of a ``[sinks.NAME]`` table with ``kind = "rest_proxy"``."""
    options = Options(settings, ("url", "topic", "api", "cluster", "token", "user", "password", "timeout"))
    url = url_of(options).rstrip("/")
    topic = options.text("topic") if options.given("topic") else None
    api = options.choice("api", "v3", ("v3", "v2"))
    if api == "v2" and options.given("cluster"):
        raise options.fault("has a 'cluster', which api v2 does not know", hint='leave it out, or write api = "v3"')
    cluster = options.text("cluster") if options.given("cluster") else None
    client = open_client(options, _credentials(options))
    return RestProxySink(url, client, V3 if api == "v3" else V2_API, topic, cluster)


def _credentials(options: Options) -> dict[str, str]:
    token, password = options.secret("token"), options.secret("password")
    if token is not None and (password is not None or options.given("user")):
        raise options.fault("has both a token and a user", hint="leave one of them out")
    if token is not None:
        return {"Authorization": f"Bearer {token}"}
    if password is not None:
        pair = f"{options.text('user')}:{password}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
    if options.given("user"):
        raise options.fault("has a user without a password", hint='write password = "env:NAME"')
    return {}


def _request_v3(wave: Sequence[Notification]) -> bytes:
    """Records one after another, each a JSON document: the streaming form of the records API."""
    return b"\n".join(json.dumps(_record_v3(one), default=str).encode() for one in wave)


def _record_v3(one: Notification) -> dict[str, Any]:
    headers = {"event_id": one.event_id, "event_type": one.event, "content_type": "application/json"}
    return {
        "key": {"type": "STRING", "data": one.record},
        "value": {"type": "JSON", "data": document_of(one)},
        "headers": [
            {"name": name, "value": base64.b64encode(value.encode()).decode()} for name, value in headers.items()
        ],
        "timestamp": one.created_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


def _answers_v3(text: str) -> Iterator[RecordAnswer]:
    """An answer a record, in order, each a JSON document with an error code of its own."""
    for answer in _documents(text):
        code = answer.get("error_code")
        code = code if isinstance(code, int) else 0
        # 40301 is a code below the status 403.
        yield RecordAnswer(code // 100 if code >= 1000 else code, str(answer.get("message") or ""))


def _request_v2(wave: Sequence[Notification]) -> bytes:
    """The embedded format is binary: as JSON, a key would get quotes, and lie in another partition than v3 puts it."""
    records = [{"key": _base64(one.record.encode()), "value": _base64(document_bytes(one))} for one in wave]
    return json.dumps({"records": records}).encode()


def _answers_v2(text: str) -> Iterator[RecordAnswer]:
    """An offset or an error a record, in order."""
    document = json.loads(text)
    offsets = document.get("offsets") if isinstance(document, dict) else None
    for answer in offsets if isinstance(offsets, list) else []:
        code = answer.get("error_code")
        status = {None: 200, NOT_RETRIABLE: 400, RETRIABLE: 503}.get(code, 503)
        yield RecordAnswer(status, str(answer.get("error") or ""))


def _documents(text: str) -> Iterator[Mapping[str, Any]]:
    """The JSON objects that stand one after another in a text; raises ValueError where it breaks off."""
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        document, at = decoder.raw_decode(text, at)
        if not isinstance(document, dict):
            raise ValueError(f"{document!r:.40} is no answer to a record")  # noqa: TRY004 - as the decoder's own
        yield document


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


V3 = Api("v3", "application/json", _request_v3, _answers_v3)
V2_API = Api("v2", V2, _request_v2, _answers_v2)
