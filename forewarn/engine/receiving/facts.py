"""The facts that event rules look at, read from the store: events by what they share, incidents as they stand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, func, insert, select

from forewarn.decision_tables.values import clean_text
from forewarn.engine import states
from forewarn.engine.receiving.happening import attributes_of, event_fact, incident_fact_id
from forewarn.engine.schema.deciding import event_keys, journal, known_keys
from forewarn.engine.schema.work import incidents
from forewarn.engine.views import INCIDENT_FIELDS
from forewarn.engine.work import Work
from forewarn.rules.facts import AttributeValue, Fact
from forewarn.rules.needs import Window

OPENED = "incident_opened"
RESOLVED = "incident_resolved"

_SHARED: Mapping[str, Any] = {
    "ci": incidents.c.configuration_item,
    "device": incidents.c.configuration_item,
    **{name: incidents.c[name] for name in ("number", "category", "subcategory", "service", "location", "company")},
}
"""The columns of an incident by which it can share something with an event."""

_FIRST = datetime.min.replace(tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)

_MOST_INCIDENTS = 20
"""How many incidents the rules see for one correlation key: those not closed, newest first."""

_window: Select[Any] = (
    select(journal.c.id, journal.c.kind, journal.c.at, journal.c.attributes, journal.c.settled)
    .join(event_keys, event_keys.c.entry == journal.c.id)
    .where(
        event_keys.c.digest == bindparam("digest"),
        event_keys.c.at >= bindparam("start"),
        event_keys.c.at <= bindparam("end"),
        event_keys.c.kind.in_(bindparam("kinds", expanding=True)),
        journal.c.id != bindparam("entry"),
    )
    .order_by(event_keys.c.at, journal.c.id)
    .limit(bindparam("most"))
)

_size: Select[Any] = select(func.count()).select_from(
    select(event_keys.c.id)
    .where(
        event_keys.c.digest == bindparam("digest"),
        event_keys.c.at >= bindparam("start"),
        event_keys.c.at <= bindparam("end"),
        event_keys.c.kind.in_(bindparam("kinds", expanding=True)),
    )
    .limit(bindparam("most"))
    .subquery()
)


class Storm(Exception):
    """More events share something with one than the rules are asked about; the text says what and how many."""


class FactReader:
    """Reads facts for sessions. ``cap`` is how many events of one correlation key the rules are asked about."""

    def __init__(self, cap: int) -> None:
        self._cap = cap
        # Keys that were in a storm when last seen: they are counted before anything is read.
        self._stormy: set[str] = set()

    def further(
        self, work: Work, entry: int, fact: Fact, windows: Sequence[Window], moment: datetime
    ) -> tuple[Fact, ...]:
        """The facts besides the event itself that its rules need; raises Storm.

        ``moment`` is the time at which incidents have been open or resolved for so long.
        """
        found: dict[str, Fact] = {}
        for window in windows:
            digest = key_digest(window.same, fact.attributes)
            if digest is None:
                continue
            if window.reach:
                for one in self._events(work, entry, fact.at, window, digest):
                    found[one.id] = one
            if "incident" in window.kinds:
                for one in _incidents(work, window.same, fact.attributes, moment):
                    found[one.id] = one
        return tuple(found.values())

    def _events(self, work: Work, entry: int, at: datetime, window: Window, digest: str) -> Iterator[Fact]:
        asked = {
            "digest": digest,
            "start": _shifted(at, -window.reach),
            "end": _shifted(at, window.reach),
            "kinds": sorted(window.kinds),
            "most": self._cap + 1,
        }
        if digest in self._stormy:
            if work.txn.execute(_size, asked).scalar_one() > self._cap:
                raise self._storm(window, digest)
            self._stormy.discard(digest)
        rows = work.txn.execute(_window, {**asked, "entry": entry}).all()
        if len(rows) > self._cap:
            raise self._storm(window, digest)
        for row in rows:
            yield event_fact(row.id, row.kind, row.at, attributes_of(row.attributes), fresh=False, settled=row.settled)

    def _storm(self, window: Window, digest: str) -> Storm:
        self._stormy.add(digest)
        return Storm(
            f"a storm: more than {self._cap} events share its {' and '.join(window.same)} within "
            f"{window.reach}; the event rules were not asked about it"
        )


def _shifted(at: datetime, by: timedelta) -> datetime:
    """A time so much later, at the ends of the calendar as far as it goes."""
    try:
        return at + by
    except OverflowError:
        return _LAST if by > timedelta(0) else _FIRST


def key_digest(same: Sequence[str], attributes: Mapping[str, AttributeValue]) -> str | None:
    """What events have in common that share these attributes; None for one that lacks any of them."""
    parts = [",".join(same)]
    for name in same:
        value = attributes.get(name)
        text = clean_text(value) if isinstance(value, str) else None if value is None else f"{value!r}"
        if not text:
            return None
        parts.append(text)
    return hashlib.blake2b("\x00".join(parts).encode("utf-8", "surrogatepass"), digest_size=20).hexdigest()


def enter_keys(
    work: Work,
    keys: Sequence[Sequence[str]],
    *,
    entry: int,
    kind: str,
    at: datetime,
    attributes: Mapping[str, AttributeValue],
) -> None:
    """Let an event be found by each of the correlation keys that it has."""
    digests = [digest for same in keys if (digest := key_digest(same, {**attributes, "time": at})) is not None]
    if digests:
        work.txn.execute(
            insert(event_keys), [{"digest": digest, "at": at, "kind": kind, "entry": entry} for digest in digests]
        )


def learn_keys(work: Work, keys: Sequence[Sequence[str]], *, since: datetime, but: int) -> None:
    """Let the events since a time, all ``but`` one, be found by correlation keys that the rules did not have so far."""
    known = set(work.txn.execute(select(known_keys.c.names)).scalars())
    new = [same for same in keys if ",".join(same) not in known]
    if not new:
        return
    query = select(journal.c.id, journal.c.kind, journal.c.at, journal.c.attributes).where(
        journal.c.at >= since, journal.c.id != but
    )
    for row in work.txn.execute(query.order_by(journal.c.id)).all():
        enter_keys(work, new, entry=row.id, kind=row.kind, at=row.at, attributes=attributes_of(row.attributes))
    work.txn.execute(insert(known_keys), [{"names": ",".join(same)} for same in new])


_queries: dict[tuple[str, ...], Select[Any]] = {}


def _incidents(
    work: Work, same: tuple[str, ...], attributes: Mapping[str, AttributeValue], moment: datetime
) -> Iterator[Fact]:
    """The incidents that are not closed and share the attributes with an event."""
    if any(name not in _SHARED for name in same):
        return
    query = _queries.get(same)
    if query is None:
        query = (
            select(incidents)
            .where(*(_SHARED[name] == bindparam(f"shared_{name}") for name in same), incidents.c.phase != states.CLOSED)
            .order_by(incidents.c.id.desc())
            .limit(_MOST_INCIDENTS)
        )
        _queries[same] = query
    for row in work.txn.execute(query, {f"shared_{name}": attributes[name] for name in same}).mappings():
        yield Fact(
            "incident",
            incident_fact_id(row["number"]),
            row["opened_at"],
            incident_attributes(dict(row), moment),
            fresh=False,
        )


def incident_attributes(row: Mapping[str, Any], moment: datetime) -> dict[str, AttributeValue]:
    """What event rules see of an incident at a time."""
    ends = row["resolved_at"] if row["phase"] != states.OPEN else None
    known: dict[str, Any] = {
        **{name: row[name] for name in INCIDENT_FIELDS},
        "ci": row["configuration_item"],
        "device": row["configuration_item"],
        "open_for": moment - row["opened_at"],
        "resolved_for": None if ends is None else moment - ends,
    }
    return attributes_of(known)
