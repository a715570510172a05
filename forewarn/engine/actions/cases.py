"""Cases: generate for affected customers, comment, resolve, close, list and show."""

from __future__ import annotations

from collections.abc import Sequence

from forewarn.engine import generation, messaging, reading, resolution
from forewarn.engine.open_site import OpenSite
from forewarn.engine.reports import CaseReport, Change
from forewarn.engine.work import begin
from forewarn.plugins.api import RecordView


def generate_cases(
    site: OpenSite,
    incident: str,
    *,
    accounts: Sequence[str] | None = None,
    consumers: Sequence[str] | None = None,
    service_definition: str | None = None,
    communicate: bool = True,
    asked_by: str,
) -> Change:
    """Generate proactive cases for affected customers of an incident (C1), major or not as the table says (C2).

    ``accounts`` and ``consumers`` are numbers; both given is refused, neither means all that are affected.
    ``service_definition`` is the type of service that the agent chose; else the table decides (C3). A customer who
    has a proactive case of this incident gets no second one. ``communicate`` stages the notifications.
    Raises `NotFound`, `Refused`, `DecisionError`.
    """
    with begin(site, asked_by) as work:
        return generation.generate_on_demand(
            work,
            incident,
            accounts=accounts,
            consumers=consumers,
            service_definition=service_definition,
            communicate=communicate,
        )


def comment_case(site: OpenSite, number: str, text: str, *, asked_by: str, by_customer: bool = False) -> Change:
    """Comment on a case: an agent's comment notifies the customer, a customer's lands on the incident too (C8).
    Raises `NotFound`, and `Refused` for an empty text or a closed case.
    """
    with begin(site, asked_by) as work:
        return messaging.comment_case(work, number, text, by_customer=by_customer)


def resolve_case(
    site: OpenSite,
    number: str,
    resolution_code: str | None = None,
    resolution_notes: str | None = None,
    probable_cause: str | None = None,
    *,
    asked_by: str,
) -> Change:
    """Resolve one case; what is not given stays as the incident's resolution wrote it.
    Raises `Refused` where code or notes are missing in the end, or the case is not open; `BadRecord`.
    """
    with begin(site, asked_by) as work:
        return resolution.resolve_case(work, number, resolution_code, resolution_notes, probable_cause)


def close_case(site: OpenSite, number: str, *, asked_by: str) -> Change:
    """Close a case; closing a major case closes its children (C9). Raises `Refused` for a closed one, or
    where no resolution stands on the case.
    """
    with begin(site, asked_by) as work:
        return resolution.close_case(work, number)


def list_cases(
    site: OpenSite, *, incident: str | None = None, phase: str | None = None, limit: int | None = None
) -> tuple[RecordView, ...]:
    """The cases, newest first; of one incident only, where its number is given; ``phase`` open, resolved or closed."""
    with site.store.read() as txn:
        return reading.cases(txn, incident=incident, phase=phase, limit=limit)


def show_case(site: OpenSite, number: str) -> CaseReport:
    """One case with its parent, children, stream and notifications; raises `NotFound`."""
    with site.store.read() as txn:
        return reading.case_report(txn, number)
