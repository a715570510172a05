"""The topics table: topics made here, topics that a bus registered, and which of them take an event."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from forewarn.engine.publishing.queries import read_query
from forewarn.engine.reports import Topic
from forewarn.engine.schema.publishing import topics
from forewarn.engine.work import Work
from forewarn.errors import BadRecord, NotFound, Refused
from forewarn.plugins.api import Notification

EGRESS = "Egress"
TYPES = (EGRESS, "Ingress")
MOST_PARTITIONS, MOST_REPLICAS = 10_000, 100
_NAME = re.compile(r"[A-Za-z0-9._-]{1,249}")
_REPORTED = tuple(topics.c[name] for name in Topic.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody says of a topic; raises `BadRecord` for what cannot be one."""

    name: str
    header_query: str = ""
    content_query: str = ""
    description: str = ""
    partitions: int = 1
    replication: int = 1
    type: str = EGRESS
    user_created: bool = field(default=True, kw_only=True)

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or self.name in {".", ".."}:
            raise BadRecord(
                f"{self.name!r} is no name of a topic", hint="1 to 249 of: letters, digits, '.', '_' and '-'"
            )
        if self.type not in TYPES:
            raise BadRecord(f"{self.type!r} is no type of a topic", hint=f"one of: {', '.join(TYPES)}")
        for name, value, most in (
            ("partitions", self.partitions, MOST_PARTITIONS),
            ("replication", self.replication, MOST_REPLICAS),
        ):
            if not 1 <= value <= most:
                raise BadRecord(f"{name} must be a whole number from 1 to {most:,}, not {value}")
        read_query(self.header_query, "header query")
        read_query(self.content_query, "content query")

    def values(self) -> dict[str, Any]:
        """As columns."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def add(work: Work, wanted: Wanted) -> None:
    """Add a topic; raises `Refused` where there is one of that name."""
    if find(work.txn, work.site.domain, wanted.name) is not None:
        raise Refused(f"there is a topic {wanted.name!r} already", hint="remove it first, or choose another name")
    _insert(work, wanted)


def register(work: Work, wanted: Wanted) -> bool:
    """Take note of a topic that a bus has; said again it changes what is known. Whether it was new.

    Raises `Refused` for the name of a topic that was made here.
    """
    known = find(work.txn, work.site.domain, wanted.name)
    if known is None:
        _insert(work, wanted, synchronised_at=work.now)
        return True
    if known.user_created:
        raise Refused(f"the topic {wanted.name!r} was made here", hint="a bus cannot register it; remove it here first")
    work.txn.execute(
        update(topics).where(*_of(work.site.domain, wanted.name)).values(**wanted.values(), synchronised_at=work.now)
    )
    return False


def remove(work: Work, name: str) -> None:
    """Forget a topic; raises `NotFound`. What a bus holds of it stays there."""
    if work.txn.execute(delete(topics).where(*_of(work.site.domain, name))).rowcount == 0:
        raise missing(work.txn, work.site.domain, name)


def note_synchronised(work: Work, name: str, *, reason: str | None) -> None:
    """Note that the bus has a topic, or why not."""
    values = {"reason": reason} if reason is not None else {"reason": None, "synchronised_at": work.now}
    work.txn.execute(update(topics).where(*_of(work.site.domain, name)).values(**values))


def find(txn: Connection, domain: str, name: str) -> Topic | None:
    """The topic of that name."""
    row = txn.execute(select(*_REPORTED).where(*_of(domain, name))).mappings().first()
    return None if row is None else Topic(**row)


def every(txn: Connection, domain: str) -> tuple[Topic, ...]:
    """The topics of a domain, by name."""
    rows = txn.execute(select(*_REPORTED).where(topics.c.domain == domain).order_by(topics.c.name)).mappings()
    return tuple(Topic(**row) for row in rows)


def missing(txn: Connection, domain: str, name: str) -> NotFound:
    """That there is no such topic, with the nearest."""
    names = [one.name for one in every(txn, domain)]
    near = get_close_matches(name, names, n=1)
    return NotFound(
        f"there is no topic {name!r}", hint=f"did you mean {near[0]!r}?" if near else f"there are: {listed(names)}"
    )


def listed(names: Iterable[str]) -> str:
    """Names as text."""
    return ", ".join(names) or "none"


def taking(known: Iterable[Topic], notification: Notification) -> tuple[Topic, ...]:
    """The topic picker: the egress topics whose header query and content query both match an event."""
    header, content = header_of(notification), content_of(notification)
    return tuple(
        topic
        for topic in known
        if topic.type == EGRESS
        and read_query(topic.header_query, "header query").holds(header)
        and read_query(topic.content_query, "content query").holds(content)
    )


def header_of(notification: Notification) -> Mapping[str, Any]:
    """What a header query sees: the fields of the event around its content, and the headers of a message."""
    around = {name: value for name, value in (notification.payload or {}).items() if name != "event"}
    return {**around, "event_id": notification.event_id, "event_type": notification.event}


def content_of(notification: Notification) -> Mapping[str, Any]:
    """What a content query sees: the content of the event (``troubleTicket.status``)."""
    content = (notification.payload or {}).get("event")
    return content if isinstance(content, Mapping) else {}


def _insert(work: Work, wanted: Wanted, **values: Any) -> None:
    work.txn.execute(
        insert(topics).values(
            domain=work.site.domain, created_by=work.asked_by, created_at=work.now, **wanted.values(), **values
        )
    )


def _of(domain: str, name: str) -> tuple[Any, Any]:
    return topics.c.domain == domain, topics.c.name == name
