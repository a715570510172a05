"""The sink: each notification as an adaptive card of a channel."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx

from forewarn.errors import BadSettings
from forewarn.plugins.api import DeliveryResult, Notification, Outcome, Sink, SinkSettings

SECONDS = 10.0
LONGEST_TEXT = 4_000


@dataclass(frozen=True)
class Channel:
    """A channel behind an incoming webhook. The URL is a secret: it is in no ``repr`` and in no reason."""

    url: str = field(repr=False)
    client: httpx.Client = field(repr=False)

    def deliver(self, batch: Sequence[Notification]) -> Sequence[DeliveryResult]:
        """Post one card for each; what the channel answers says whether it is worth trying again."""
        return [self._post(notification) for notification in batch]

    def close(self) -> None:
        """Close the connection."""
        self.client.close()

    def _post(self, notification: Notification) -> DeliveryResult:
        try:
            response = self.client.post(self.url, json=card(notification))
        except httpx.HTTPError as error:
            return DeliveryResult(notification.event_id, Outcome.RETRY, f"no answer: {type(error).__name__}")
        if response.is_success:
            return DeliveryResult(notification.event_id, Outcome.DELIVERED)
        reason = f"the channel answered {response.status_code}"
        if response.status_code in (401, 403, 404, 410):
            return DeliveryResult(notification.event_id, Outcome.NEEDS_CREDENTIALS, f"{reason}: make a new webhook")
        if response.status_code == 429 or response.status_code >= 500:
            wait = response.headers.get("Retry-After", "")
            after = timedelta(seconds=int(wait)) if wait.isdigit() else None
            return DeliveryResult(notification.event_id, Outcome.RETRY, reason, after)
        return DeliveryResult(notification.event_id, Outcome.REFUSED, reason)


def open_channel(settings: SinkSettings) -> Sink:
    """The sink of a ``[sinks.NAME]`` table with ``kind = "teams"``; raises BadSettings for a URL that is none."""
    table = f"[sinks.{settings.name}]"
    unknown = sorted(set(settings.options) - {"url"})
    if unknown:
        raise BadSettings(f"{table} there is no option {unknown[0]!r}", hint="it has the option 'url'")
    reference = settings.options.get("url")
    if not isinstance(reference, str) or not reference.startswith("env:"):
        raise BadSettings(f"{table} needs the option 'url'", hint='write url = "env:NAME": the URL is a secret')
    url = os.environ.get(reference.removeprefix("env:"), "")
    if not url.startswith(("https://", "http://127.0.0.1:")):
        raise BadSettings(f"{table} option 'url': {reference} does not hold an https:// URL")
    return Channel(url, httpx.Client(timeout=SECONDS, follow_redirects=False))


def card(notification: Notification) -> dict[str, Any]:
    """The notification as an adaptive card; ``id`` is its event id, so that a repeat can be told."""
    facts = [
        {"title": title, "value": str(value)}
        for title, value in (
            ("Case", notification.record),
            ("Told", notification.recipient),
            ("Incident", notification.data.get("incident")),
            ("Account", notification.data.get("account")),
        )
        if value
    ]
    body = [
        {"type": "TextBlock", "text": notification.subject, "weight": "bolder", "wrap": True},
        {"type": "FactSet", "facts": facts},
        {"type": "TextBlock", "text": notification.body[:LONGEST_TEXT], "wrap": True},
    ]
    content = {"type": "AdaptiveCard", "version": "1.4", "id": notification.event_id, "body": body}
    return {
        "type": "message",
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": content}],
    }
