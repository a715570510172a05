"""A notification as one JSON document: what a machine on the other side reads."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from typing import Any

from forewarn.plugins.api import Notification


def as_json(notification: Notification) -> dict[str, object]:
    """What a machine reads of a notification to a person."""
    return {
        "event_id": notification.event_id,
        "event": notification.event,
        "record": notification.record,
        "recipient": notification.recipient,
        "address": notification.address,
        "subject": notification.subject,
        "body": notification.body,
        "created_at": notification.created_at.astimezone(UTC).isoformat(),
        "data": dict(notification.data),
    }


def document_of(notification: Notification) -> Mapping[str, Any]:
    """What is sent: the event for other systems as it is, or all there is of a notification to a person."""
    return as_json(notification) if notification.payload is None else notification.payload


def document_bytes(notification: Notification) -> bytes:
    """`document_of` as UTF-8 JSON."""
    return json.dumps(document_of(notification), default=str).encode()


def waves(batch: Sequence[Notification]) -> Iterator[list[Notification]]:
    """Split a batch so that no wave holds two notifications of one record: sent wave by wave, they keep their order.

    A notification that comes twice under its event id is taken once.
    """
    left = list({one.event_id: one for one in batch}.values())
    while left:
        first: dict[str, Notification] = {}
        for one in left:
            first.setdefault(one.record, one)
        yield list(first.values())
        left = [one for one in left if first[one.record] is not one]
