"""Staging trouble ticket events: written in the transaction of the change, set by set.

What a transaction changed is read from the streams of the records (every change of a record is an entry there), once
it is done with them. The table Trouble Ticket Events holds the business rules: which changes are an event, and which
event. It is asked once for all records that are alike in what its rules ask for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Subquery,
    Text,
    and_,
    case,
    cast,
    func,
    insert,
    literal,
    null,
    or_,
    select,
)

from forewarn.engine import delivery_queue, dialect, policies
from forewarn.engine.activity import COMMENT, FIELD, WORK_NOTE, post
from forewarn.engine.open_site import TICKET_EVENTS, OpenSite
from forewarn.engine.producer import LOG
from forewarn.engine.schema.delivery import notification_batches, notifications
from forewarn.engine.schema.work import activity
from forewarn.engine.table_names import TICKET_EVENT_RULES
from forewarn.engine.tickets.payload import EVENT_TYPES
from forewarn.engine.views import CASE, HIDDEN, INCIDENT, case_rows, incident_rows
from forewarn.engine.work import Work
from forewarn.errors import DecisionError

CREATED = "created"
STATE_CHANGED = "state changed"
ATTRIBUTE_CHANGED = "attribute changed"

COMMENTED = "comment"
"""The attribute that a comment changes; work notes are internal and change none."""

_ROWS = {INCIDENT: incident_rows, CASE: case_rows}


@dataclass(frozen=True, slots=True)
class _Alike:
    """Changes that are alike in all that the rules ask for: which they are, and one of their records."""

    change: str
    attribute: str | None
    fields: tuple[Any, ...]
    example: int


def stage(work: Work, since: int) -> int:
    """Stage the events of what this transaction changed: the entries after ``since``. Returns how many.

    Nothing is staged where no sink takes trouble ticket events. A table that cannot decide about a record costs its
    event, which a work note on the record tells, and nothing else.
    """
    if not delivery_queue.takers(work.site, TICKET_EVENTS) or not has_rules(work.site):
        return 0
    return sum(_Changed(work, kind, since).stage() for kind in _ROWS)


def has_rules(site: OpenSite) -> bool:
    """Whether the site has the table of business rules; a site of an earlier version has none."""
    return any(table.name == TICKET_EVENT_RULES for table in site.rulebook.library.tables)


class _Changed:
    """What a transaction changed of the records of one kind."""

    def __init__(self, work: Work, kind: str, since: int) -> None:
        self._work = work
        self._kind = kind
        self._entries = and_(
            activity.c.record_kind == kind,
            activity.c.id > since,
            # On a server others may have committed entries of theirs meanwhile.
            activity.c.who == work.asked_by,
            activity.c.at == work.now,
        )
        self._changes = _changes(self._entries, kind, since)
        self._records = _ROWS[kind]().subquery("records")
        self._joined = self._changes.join(self._records, self._records.c.id == self._changes.c.record_id)
        self._asked = self._asked_fields()

    def stage(self) -> int:
        """Stage the events that the rules make of it, each by one statement."""
        chosen: dict[str, list[_Alike]] = defaultdict(list)
        for alike in self._groups():
            for event in self._events(alike):
                chosen[event].append(alike)
        return sum(self._insert(event, self._selected(chosen[event])) for event in EVENT_TYPES if event in chosen)

    def _asked_fields(self) -> dict[str, ColumnElement[Any]]:
        """The fields of the record that the rules ask for, by binding."""
        table = self._work.site.rulebook.library.table(TICKET_EVENT_RULES)
        names = [column.binding.name for column in table.inputs if column.binding is not None]
        prefix = f"{self._kind}."
        fields = {name: name.removeprefix(prefix) for name in names if name.startswith(prefix)}
        return {name: self._records.c[field] for name, field in fields.items() if field in self._records.c}

    def _groups(self) -> Sequence[_Alike]:
        columns = [self._changes.c.change, self._changes.c.attribute, *self._asked.values()]
        oldest = func.min(self._records.c.id)
        query = select(*columns, oldest).select_from(self._joined).group_by(*columns).order_by(oldest, *columns[:2])
        return [_Alike(row[0], row[1], tuple(row[2:-1]), row[-1]) for row in self._work.txn.execute(query)]

    def _events(self, alike: _Alike) -> list[str]:
        """The events that the business rules which are active make of a change."""
        inputs = {
            "record.kind": self._kind,
            "ticket.change": alike.change,
            "ticket.attribute": alike.attribute,
            **dict(zip(self._asked, alike.fields, strict=True)),
        }
        try:
            answer = policies.decide_policy(self._work, TICKET_EVENT_RULES, inputs, record=(self._kind, alike.example))
        except DecisionError as problem:
            LOG.error("no trouble ticket event of a %s: %s", self._kind, problem)
            told = f"Other systems are not told of this: {problem}"
            post(self._work, self._kind, alike.example, WORK_NOTE, told)
            return []
        rows = answer.rows if answer.matched else ()
        wanted = {row["ticket.event"] for row in rows if row["ticket.active"] is True}
        return [event for event in EVENT_TYPES if event in wanted]

    def _selected(self, groups: Sequence[_Alike]) -> ColumnElement[bool]:
        """A condition on changes joined to their records that selects those of some groups."""
        return or_(
            *(
                and_(
                    self._changes.c.change == group.change,
                    self._changes.c.attribute.is_not_distinct_from(group.attribute),
                    *(
                        column.is_not_distinct_from(value)
                        for column, value in zip(self._asked.values(), group.fields, strict=True)
                    ),
                )
                for group in groups
            )
        )

    def _insert(self, event: str, selected: ColumnElement[bool]) -> int:
        """Stage an event of every selected record, with the record as it stands, and put it into the queues."""
        work, records = self._work, self._records
        batch = self._open_batch(event)
        told = (
            select(
                self._changes.c.record_id, func.aggregate_strings(self._changes.c.attribute, ",").label("attributes")
            )
            .select_from(self._joined)
            .where(selected)
            .group_by(self._changes.c.record_id)
            .subquery("told")
        )
        prefix = f"{event.lower().replace(' ', '-')}/{batch}/"
        rows = (
            select(
                cast(literal(prefix).op("||")(records.c.number), Text),
                literal(batch),
                records.c.number,
                records.c.id if self._kind == CASE else null(),
                dialect.json_object(work.txn, self._snapshot(told)),
            )
            .select_from(told.join(records, records.c.id == told.c.record_id))
            .order_by(records.c.id)
        )
        statement = insert(notifications).from_select(["event_id", "batch_id", "ticket", "case_id", "snapshot"], rows)
        added: int = work.txn.execute(statement.execution_options(preserve_rowcount=True)).rowcount
        delivery_queue.enqueue(work, batch, TICKET_EVENTS)
        return added

    def _open_batch(self, event: str) -> int:
        opened = self._work.txn.execute(
            insert(notification_batches).values(
                kind=TICKET_EVENTS, event=event, record_kind=self._kind, incident={}, staged_at=self._work.now
            )
        )
        key = opened.inserted_primary_key
        assert key is not None  # noqa: S101 - a single insert always has one
        return int(key[0])

    def _snapshot(self, told: Subquery) -> dict[str, ColumnElement[Any]]:
        """The record as it stands, the comment that was made, and which attributes changed."""
        said = (
            select(activity.c.text)
            .where(self._entries, activity.c.record_id == self._records.c.id, activity.c.kind == COMMENT)
            .order_by(activity.c.id.desc())
            .limit(1)
            .scalar_subquery()
        )
        fields = {column.name: column for column in self._records.c if column.name not in HIDDEN}
        return {**fields, "comment": said, "attributes": told.c.attributes}


def _changes(entries: ColumnElement[bool], kind: str, since: int) -> Subquery:
    """The change of each entry, and the attribute of each that is not about a new record."""
    known = activity.alias("known")
    before = (
        select(known.c.id)
        .where(known.c.record_kind == kind, known.c.record_id == activity.c.record_id, known.c.id <= since)
        .exists()
    )
    change = case((~before, CREATED), (activity.c.field == "state", STATE_CHANGED), else_=ATTRIBUTE_CHANGED)
    attribute = case((~before, null()), (activity.c.kind == COMMENT, COMMENTED), else_=activity.c.field)
    return (
        select(activity.c.record_id, change.label("change"), attribute.label("attribute"))
        .where(entries, or_(activity.c.kind == COMMENT, activity.c.kind == FIELD, ~before))
        .distinct()
        .subquery("changed")
    )
