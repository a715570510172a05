"""Dead letters: events that the rules could not be run for, kept with their facts until they can."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, insert, select, update

from forewarn.engine.receiving.happening import Happening
from forewarn.engine.reports import DeadEvent
from forewarn.engine.schema.deciding import dead_letters, journal
from forewarn.engine.work import Work
from forewarn.rules.facts import AttributeValue, DeadLetter, Fact


def keep(work: Work, happening: Happening, letter: DeadLetter, *, rule: str | None, rule_set: str) -> None:
    """Keep an event with the facts that its session had; one that is kept already counts another attempt."""
    known = select(dead_letters.c.id, dead_letters.c.attempts).where(
        dead_letters.c.entry == happening.entry,
        dead_letters.c.rule.is_(None) if rule is None else dead_letters.c.rule == rule,
        dead_letters.c.settled_at.is_(None),
    )
    found = work.txn.execute(known).first()
    values: dict[str, Any] = {
        "reason": letter.reason,
        "crashes": letter.crashes,
        "facts": [_kept(fact) for fact in letter.facts],
        "rule_set": rule_set,
    }
    if found is not None:
        work.txn.execute(
            update(dead_letters).where(dead_letters.c.id == found.id).values(**values, attempts=found.attempts + 1)
        )
        return
    work.txn.execute(insert(dead_letters).values(**values, entry=happening.entry, rule=rule, at=work.now, attempts=1))


def _kept(fact: Fact) -> Mapping[str, Any]:
    return {
        "kind": fact.kind,
        "id": fact.id,
        "at": fact.at.isoformat(),
        "fresh": fact.fresh,
        "settled": fact.settled,
        "attributes": {name: _plain(value) for name, value in fact.attributes.items()},
    }


def _plain(value: AttributeValue) -> str | int | bool:
    match value:
        case str() | bool() | int():
            return value
        case datetime() | date():
            return value.isoformat()
        case timedelta():
            return f"PT{value // timedelta(seconds=1)}S"
        case Decimal():
            return format(value, "f")
    raise TypeError(f"{type(value).__name__} is no attribute of a fact")


def waiting(txn: Connection) -> tuple[DeadEvent, ...]:
    """The dead letters that are not settled, oldest first."""
    query = (
        select(dead_letters, journal.c.source, journal.c.event_id, journal.c.kind)
        .join(journal, journal.c.id == dead_letters.c.entry)
        .where(dead_letters.c.settled_at.is_(None))
        .order_by(dead_letters.c.id)
    )
    return tuple(
        DeadEvent(
            entry=row["entry"],
            source=row["source"],
            event_id=row["event_id"],
            kind=row["kind"],
            rule=row["rule"],
            reason=row["reason"],
            crashes=row["crashes"],
            attempts=row["attempts"],
            at=row["at"],
            facts=tuple(row["facts"]),
        )
        for row in txn.execute(query).mappings()
    )


def settle(work: Work, entry: int, rule: str | None) -> None:
    """Note that the rules could be run after all."""
    work.txn.execute(
        update(dead_letters)
        .where(
            dead_letters.c.entry == entry,
            dead_letters.c.rule.is_(None) if rule is None else dead_letters.c.rule == rule,
            dead_letters.c.settled_at.is_(None),
        )
        .values(settled_at=work.now)
    )
