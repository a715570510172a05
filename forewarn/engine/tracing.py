"""The journal as people read it, and which rules an event touched."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, or_, select

from forewarn.engine.open_site import OpenSite
from forewarn.engine.receiving import dead_letters
from forewarn.engine.receiving.correlation import CAP, storm_cap
from forewarn.engine.receiving.facts import FactReader, Storm
from forewarn.engine.receiving.happening import attributes_of, event_fact
from forewarn.engine.reports import EventTrace, JournalEntry, TraceLine
from forewarn.engine.schema.deciding import due_times, firings, journal
from forewarn.engine.schema.work import alerts, incidents
from forewarn.engine.work import Work
from forewarn.errors import NotFound
from forewarn.rules.needs import every_window
from forewarn.rules.tracing import trace


def entries(txn: Connection, *, kind: str | None, limit: int | None) -> tuple[JournalEntry, ...]:
    """The journal, newest first; of one kind of event only, where it is given."""
    query = _entries().order_by(journal.c.id.desc()).limit(limit)
    if kind is not None:
        query = query.where(journal.c.kind == kind)
    return tuple(_shown(dict(row)) for row in txn.execute(query).mappings())


def find(txn: Connection, event: str) -> JournalEntry:
    """An event by its number in the journal, the number of its alert, or its source's id; raises `NotFound`."""
    wanted = event.strip()
    matches = [alerts.c.number == wanted.upper(), journal.c.event_id == wanted]
    if wanted.isdecimal() and len(wanted) < 18:
        matches.insert(0, journal.c.id == int(wanted))
    for match in matches:
        row = txn.execute(_entries().where(or_(match)).order_by(journal.c.id).limit(1)).mappings().first()
        if row is not None:
            return _shown(dict(row))
    raise NotFound(f"the journal has no event {event}", hint="list them with: forewarn event list")


def _entries() -> Select[Any]:
    return (
        select(journal, alerts.c.number.label("alert"), incidents.c.number.label("incident"))
        .outerjoin(alerts, alerts.c.id == journal.c.alert_id)
        .outerjoin(incidents, incidents.c.id == journal.c.incident_id)
    )


def _shown(row: dict[str, Any]) -> JournalEntry:
    names = ("source", "event_id", "kind", "at", "received_at", "result", "note", "alert", "incident", "raised_for")
    return JournalEntry(
        entry=row["id"],
        **{name: row[name] for name in names},
        attributes=row["attributes"],
        content=row["content"],
    )


def trace_event(site: OpenSite, event: str) -> EventTrace:
    """Which rules an event has touched, and what each of them makes of it as the facts stand now."""
    rule_set = site.rulebook.rule_set
    with site.store.read() as txn:
        entry = find(txn, event)
        work = Work(site=site, txn=txn, now=site.clock.now(), asked_by="trace")
        fact = event_fact(entry.entry, entry.kind, entry.at, attributes_of(entry.attributes), fresh=True, settled=False)
        reader = FactReader(storm_cap(site.rulebook.library.properties.get(CAP)))
        try:
            further = reader.further(work, entry.entry, fact, every_window(rule_set, entry.kind), work.now)
        except Storm:
            further = ()
        fired = set(txn.execute(select(firings.c.rule).where(firings.c.entry == entry.entry)).scalars())
        due = {
            row.rule: row.due_at
            for row in txn.execute(
                select(due_times.c.rule, due_times.c.due_at).where(
                    due_times.c.entry == entry.entry, due_times.c.done_at.is_(None)
                )
            )
        }
        dead = tuple(one for one in dead_letters.waiting(txn) if one.entry == entry.entry)
    lines = tuple(
        TraceLine(
            rule=line.rule,
            action=line.action,
            fired=line.rule in fired,
            due_at=due.get(line.rule),
            missing=tuple((one.what, one.place) for one in line.missing),
            place=line.place,
        )
        for line in trace(rule_set, further, fact, work.now)
    )
    return EventTrace(event=entry, rules=lines, facts=tuple(one.id for one in further), dead=dead)
