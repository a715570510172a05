"""Sink ``slack``: each notification as a message of a channel, through a Slack-style incoming webhook.

Options: ``url`` (needed; whoever knows it may post, so write ``env:NAME`` or ``file:PATH``), ``timeout`` (10 seconds).
Chat services take about one message a second: say ``per_minute = 60`` with it. Such a webhook knows no key against
repeats; after a crash a message may come twice.
"""

from __future__ import annotations

import json

from forewarn.plugins.api import Notification, SinkSettings
from forewarn.plugins.stock.sinks.mail import one_line
from forewarn.plugins.stock.sinks.options import Options
from forewarn.plugins.stock.sinks.posting import Post, PostingSink, open_client, url_of

LONGEST_TEXT = 3_000
REVOKED = frozenset({401, 403, 404, 407, 410})
"""Such a webhook answers so when it was taken back or its channel is gone: a new URL mends it."""


def open_sink(settings: SinkSettings) -> PostingSink:
    """The sink of a ``[sinks.NAME]`` table with ``kind = "slack"``."""
    options = Options(settings, ("url", "timeout"))
    return PostingSink(url_of(options), open_client(options), _message, REVOKED)


def _message(notification: Notification) -> Post:
    heading = f"*{_plain(one_line(notification.record))}* {_plain(one_line(notification.subject))}"
    told = f"_{_plain(one_line(f'{notification.event} → {notification.recipient}'))}_"
    body = notification.body if len(notification.body) <= LONGEST_TEXT else notification.body[:LONGEST_TEXT] + "…"
    text = f"{heading}\n{told}\n{_plain(body)}"
    return json.dumps({"text": text, "unfurl_links": False}).encode(), {}


def _plain(text: str) -> str:
    """Text whose ``<`` and ``&`` are no mark-up: a customer's words must not mention a whole channel."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
