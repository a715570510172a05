"""Sink ``webhook``: each notification as a JSON document, posted to a URL.

Options: ``url`` (needed), ``secret`` and ``token`` (``env:NAME`` or ``file:PATH``), ``timeout`` (10 seconds). With a
``secret`` each request carries ``Forewarn-Signature: t=TIME,v1=HEX``, the HMAC-SHA256 of ``TIME.BODY`` under it; with a
``token`` it carries ``Authorization: Bearer``. ``Idempotency-Key`` is the event id. Redirects are not followed: the
document is for the URL in the settings and no other.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from forewarn.plugins.api import DeliveryResult, Notification, Outcome, SinkSettings
from forewarn.plugins.stock.sinks.jsonl import as_json
from forewarn.plugins.stock.sinks.options import Options

LONGEST_BATCH = 60.0
LONGEST_ANSWER = 4096
LONGEST_WAIT = timedelta(days=1)
TRY_AGAIN = frozenset({408, 421, 425, 429})


@dataclass(frozen=True, slots=True)
class WebhookSink:
    """Posts to ``url`` over one kept connection."""

    url: str
    secret: str | None = field(repr=False)
    client: httpx.Client = field(repr=False)

    def deliver(self, batch: Sequence[Notification]) -> Sequence[DeliveryResult]:
        """Post the batch; once the other side does not answer, the rest is left for later."""
        results: list[DeliveryResult] = []
        ends = time.monotonic() + LONGEST_BATCH
        reason: str | None = None
        for notification in batch:
            if reason is None and time.monotonic() > ends:
                reason = f"the other side took longer than {LONGEST_BATCH:.0f} s for a batch"
            if reason is None:
                try:
                    results.append(self._post(notification))
                    continue
                except httpx.HTTPError as error:
                    reason = f"no answer: {type(error).__name__} {error}".strip()
            results.append(DeliveryResult(notification.event_id, Outcome.RETRY, reason))
        return results

    def close(self) -> None:
        """Close the connection."""
        self.client.close()

    def _post(self, notification: Notification) -> DeliveryResult:
        body = json.dumps(as_json(notification), default=str).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": _header(notification.event_id)}
        if self.secret is not None:
            headers["Forewarn-Signature"] = signature(self.secret, int(time.time()), body)
        with self.client.stream("POST", self.url, content=body, headers=headers) as response:
            _drain(response)
            return _result(notification.event_id, response)


def open_sink(settings: SinkSettings) -> WebhookSink:
    """The sink of a ``[sinks.NAME]`` table with ``kind = "webhook"``."""
    options = Options(settings, ("url", "secret", "token", "timeout"))
    text = options.text("url")
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise options.fault(f"option 'url' is not a URL: {error}") from error
    if url.scheme not in {"http", "https"} or not url.host:
        raise options.fault("option 'url' must start with https:// or http://")
    if url.userinfo:
        raise options.fault("option 'url' holds a password", hint='write token = "env:NAME"')
    token = options.secret("token")
    client = httpx.Client(
        timeout=options.whole("timeout", 10, least=1, most=60),
        follow_redirects=False,
        headers={"User-Agent": "forewarn"} | ({"Authorization": f"Bearer {token}"} if token else {}),
    )
    return WebhookSink(text, options.secret("secret"), client)


def signature(secret: str, at: int, body: bytes) -> str:
    """The header that proves who sent ``body`` and when (``at``: seconds since 1970)."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def _drain(response: httpx.Response) -> None:
    """Read a short answer, so that the connection can be used again; a long one, or one that may never end, is left."""
    length = response.headers.get("Content-Length", "")
    if response.status_code == httpx.codes.NO_CONTENT or (length.isdigit() and int(length[:9]) <= LONGEST_ANSWER):
        for _ in response.iter_raw():
            pass


def _header(text: str) -> str:
    """``text`` as far as a header can hold it, told apart from others by its hash where it cannot."""
    if text.isascii() and text.isprintable() and len(text) <= 200:
        return text
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _result(event_id: str, response: httpx.Response) -> DeliveryResult:
    """What an answer means for the notification."""
    status = response.status_code
    reason = f"answered {status} {response.reason_phrase}".strip()
    if response.is_success:
        return DeliveryResult(event_id, Outcome.DELIVERED)
    if status in {401, 403, 407}:
        return DeliveryResult(event_id, Outcome.NEEDS_CREDENTIALS, reason)
    if status in TRY_AGAIN or status >= 500:
        return DeliveryResult(event_id, Outcome.RETRY, reason, _retry_after(response))
    if response.is_redirect:
        reason += ", redirects are not followed: write the new address into 'url'"
    return DeliveryResult(event_id, Outcome.REFUSED, reason)


def _retry_after(response: httpx.Response) -> timedelta | None:
    """How long the other side asks to wait: seconds or a date, at most a day (RFC 9110 §10.2.3)."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), LONGEST_WAIT)
    try:
        wait = parsedate_to_datetime(text) - datetime.now(UTC)
    except (TypeError, ValueError):
        return None
    return min(max(wait, timedelta()), LONGEST_WAIT)
