"""Sink ``webhook``: each notification as a JSON document, posted to a URL.

Options: ``url`` (needed), ``secret`` and ``token`` (each may be ``env:NAME`` or ``file:PATH``), ``timeout`` (10
seconds). With a ``secret`` each request carries ``Forewarn-Signature: t=TIME,v1=HEX``, the HMAC-SHA256 of ``TIME.BODY``
under it; with a ``token`` it carries ``Authorization: Bearer``. ``Idempotency-Key`` is the event id. Redirects are not
followed: the document is for the URL in the settings and no other.
"""

from __future__ import annotations

import hashlib
import hmac
import time

from forewarn.plugins.api import Notification, SinkSettings
from forewarn.plugins.stock.sinks.documents import document_bytes
from forewarn.plugins.stock.sinks.options import Options
from forewarn.plugins.stock.sinks.posting import Post, PostingSink, open_client, url_of


def open_sink(settings: SinkSettings) -> PostingSink:
    """The sink of a ``[sinks.NAME]`` table with ``kind = "webhook"``."""
    options = Options(settings, ("url", "secret", "token", "timeout"))
    url, secret, token = url_of(options), options.secret("secret"), options.secret("token")

    def document(notification: Notification) -> Post:
        body = document_bytes(notification)
        headers = {"Idempotency-Key": _header(notification.event_id)}
        if secret is not None:
            headers["Forewarn-Signature"] = signature(secret, int(time.time()), body)
        return body, headers

    return PostingSink(url, open_client(options, {"Authorization": f"Bearer {token}"} if token else None), document)


def signature(secret: str, at: int, body: bytes) -> str:
    """The header that proves who sent ``body`` and when (``at``: seconds since 1970)."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def _header(text: str) -> str:
    """``text`` as far as a header can hold it, told apart from others by its hash where it cannot."""
    if text.isascii() and text.isprintable() and len(text) <= 200:
        return text
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
