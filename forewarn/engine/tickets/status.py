"""What a record's state is called in a trouble ticket: the table Ticket Status says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forewarn.engine.open_site import OpenSite
from forewarn.engine.table_names import TICKET_STATUS
from forewarn.errors import UnknownTable

STATUSES = ("acknowledged", "rejected", "pending", "held", "inProgress", "cancelled", "closed", "resolved")
"""What the status of a ticket of TMF621 may be, in versions 4 and 5."""


def status_of(site: OpenSite, kind: str, snapshot: Mapping[str, Any]) -> str | None:
    """The status that TMF621 has for the state of a record (``inProgress``); None where no table or rule says one.

    Raises `DecisionError` where the table cannot decide.
    """
    library = site.rulebook.library
    try:
        table = library.table(TICKET_STATUS)
    except UnknownTable:
        return None
    asked = {
        "record.kind": kind,
        "record.state": snapshot.get("state"),
        "record.phase": snapshot.get("phase"),
        "case.case_type": snapshot.get("case_type"),
    }
    outputs = library.decide(TICKET_STATUS, asked, at=site.clock.now()).outputs
    heading = next(
        one.heading for one in table.outputs if one.binding is not None and one.binding.name == "ticket.status"
    )
    status = outputs.get(heading) if isinstance(outputs, Mapping) else None
    return None if status is None else str(status)
