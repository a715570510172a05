"""From a document to an event: the fields that we know, checked; the others kept beside them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import String

from forewarn.engine.encoding import dump_json
from forewarn.engine.rulebook import Rulebook
from forewarn.engine.schema.work import alerts
from forewarn.errors import BadRecord

ALERT = "alert"
CLEAR = "clear"
ACKNOWLEDGEMENT = "acknowledgement"

_TEXTS = (
    "ci",
    "parent_ci",
    "name",
    "alarm_type",
    "severity",
    "short_description",
    "description",
    "category",
    "subcategory",
)
_KNOWN = frozenset({*_TEXTS, "id", "source", "state", "time"})
_CANONICAL = {
    "severity": "alert.severity",
    "category": "incident.category",
    "subcategory": "incident.subcategory",
}
"""Fields whose spellings the site's aliases map, and the binding under which they do."""

_KINDS = {"raised": ALERT, "cleared": CLEAR, "acknowledged": ACKNOWLEDGEMENT}


@dataclass(frozen=True, slots=True)
class Event:
    """An alert, or the word that one is over or that somebody looks after it.

    ``fields`` are the columns of an alert, ``extra`` what the product does not know; ``content_hash`` tells whether a
    repeated id came with the same content. ``exact``: the source's ids are those of occurrences, and alone tell
    repeats and what a clear ends.
    """

    source: str
    event_id: str
    kind: str
    time: datetime
    fields: Mapping[str, str | None]
    extra: Mapping[str, Any]
    content: Mapping[str, Any]
    content_hash: str
    exact: bool = False


def read_event(
    content: Mapping[str, Any], *, source: str, rulebook: Rulebook, now: datetime, exact: bool = False
) -> Event:
    """Read an alert document; ``source`` and ``now`` stand for a source and a time that it does not give.

    Raises `BadRecord` naming the field that is wrong.
    """
    try:
        text = dump_json(content)
    except (TypeError, ValueError) as problem:
        raise BadRecord(f"the alert cannot be kept: {problem}") from problem
    if "\x00" in text or "\\u0000" in text:
        raise BadRecord("the alert holds a NUL character")
    content_hash = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    fields = {name: _text(content, name) for name in _TEXTS}
    for name, binding in _CANONICAL.items():
        value = fields[name]
        if value is not None:
            fields[name] = rulebook.canonical(binding, value)
    if fields["subcategory"] is None and fields["alarm_type"] is not None:
        # What kind of failure an alarm type stands for is a row of the Aliases sheet; without one nobody knows.
        meant = rulebook.canonical("alert.alarm_type", fields["alarm_type"])
        fields["subcategory"] = meant if meant != fields["alarm_type"] else None
    return Event(
        source=_text(content, "source") or source,
        event_id=_identity(content) or f"content:{content_hash[:40]}",
        kind=_kind(content, rulebook),
        time=_time(content, now),
        fields=fields,
        extra={name: value for name, value in content.items() if name not in _KNOWN},
        content=content,
        content_hash=content_hash,
        exact=exact,
    )


def _text(content: Mapping[str, Any], name: str) -> str | None:
    value = content.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise BadRecord(f"{name} of an alert is a text, not {_what(value)}")
    column = alerts.c.get(name)
    limit = column.type.length if column is not None and isinstance(column.type, String) else None
    if limit is not None and len(value) > limit:
        raise BadRecord(f"{name} of an alert has {len(value):,} characters, at most {limit:,} are kept")
    return value.strip() or None


def _identity(content: Mapping[str, Any]) -> str | None:
    value = content.get("id")
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        value = str(value)
    if value is not None and not isinstance(value, str):
        raise BadRecord(f"id of an alert is a text or a number, not {_what(value)}")
    if value is not None and len(value) > 200:
        raise BadRecord("id of an alert has more than 200 characters")
    return value or None


def _kind(content: Mapping[str, Any], rulebook: Rulebook) -> str:
    given = _text(content, "state")
    if given is None:
        return ALERT
    said = rulebook.canonical("alert.state", given).casefold()
    if said not in _KINDS:
        raise BadRecord(f"state of an alert is raised or cleared (or acknowledged), not {given!r}")
    return _KINDS[said]


def _time(content: Mapping[str, Any], now: datetime) -> datetime:
    given = _text(content, "time")
    if given is None:
        return now
    try:
        moment = datetime.fromisoformat(given)
        if moment.utcoffset() is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass  # said below, together with a time that has no zone
    raise BadRecord(f"time of an alert is not a time with a zone: {given!r}", hint="write 2026-05-04T08:15:00Z")


def _what(value: Any) -> str:
    names = {dict: "an object", list: "a list", bool: "a truth value", int: "a number", Decimal: "a number"}
    return names.get(type(value), type(value).__name__)
