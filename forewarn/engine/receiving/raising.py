"""Events that the product raises itself: an incident was opened, or resolved. The next tick shows them to the rules."""

from __future__ import annotations

from sqlalchemy import insert

from forewarn.engine.receiving import journal
from forewarn.engine.receiving.facts import incident_attributes
from forewarn.engine.records import Row
from forewarn.engine.schema.deciding import due_times
from forewarn.engine.schema.deciding import journal as journal_table
from forewarn.engine.work import Work

SOURCE = "forewarn"

UNSEEN = ""
"""In place of a rule's id among the due times: the event has not been shown to the rules yet."""


def incident_event(work: Work, kind: str, incident: Row) -> None:
    """Raise ``incident_opened`` or ``incident_resolved``, if a rule looks at it."""
    if kind not in work.site.rulebook.rule_set.kinds:
        return
    identity = f"{incident['number']} {work.now.isoformat()}"
    content = {"incident": incident["number"]}
    entry = journal.enter_raised(work, journal.Raised(SOURCE, identity, kind, work.now, content))
    if entry is None:
        return
    attributes = {
        name: value
        for name, value in incident_attributes(incident, work.now).items()
        if isinstance(value, str | bool | int)
    }
    work.txn.execute(
        journal_table.update()
        .where(journal_table.c.id == entry)
        .values(attributes=attributes, incident_id=incident["id"], result="raised")
    )
    work.txn.execute(insert(due_times).values(entry=entry, rule=UNSEEN, due_at=work.now))
