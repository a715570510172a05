"""Deciding again what a faulty table had parked."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, select, update

from forewarn.engine import opening, states
from forewarn.engine.activity import SYSTEM, post
from forewarn.engine.open_site import OpenSite
from forewarn.engine.records import Row, by_id, by_number
from forewarn.engine.reports import ParkedStep, RetryReport
from forewarn.engine.schema.deciding import parked
from forewarn.engine.schema.work import incidents
from forewarn.engine.views import INCIDENT
from forewarn.engine.work import Work, begin


def waiting(txn: Connection, incident_id: int | None = None) -> tuple[ParkedStep, ...]:
    """The steps that wait, oldest first; of one incident only, where its id is given."""
    return tuple(_shown(dict(row)) for row in txn.execute(_waiting(incident_id)).mappings())


def retry(site: OpenSite, *, asked_by: str, incident: str | None) -> RetryReport:
    """Take every waiting step again, the steps of one incident in one transaction."""
    with site.store.read() as txn:
        only = by_number(txn, INCIDENT, incident, lock=False)["id"] if incident is not None else None
        ids = list(dict.fromkeys(row.incident_id for row in txn.execute(_waiting(only))))
    settled: list[ParkedStep] = []
    for incident_id in ids:
        with begin(site, asked_by) as work:
            settled += _retry_incident(work, incident_id)
    with site.store.read() as txn:
        return RetryReport(settled=tuple(settled), waiting=waiting(txn, only))


def _retry_incident(work: Work, incident_id: int) -> list[ParkedStep]:
    settled = []
    for row in [dict(found) for found in work.txn.execute(_waiting(incident_id)).mappings()]:
        incident = by_id(work.txn, INCIDENT, incident_id)
        problem = None
        if incident["phase"] == states.OPEN:
            _, problem = opening.take_step(work, incident, row["step"])
        if problem is None:
            _settle(work, incident, row)
            settled.append(_shown(row))
        else:
            table, rules = opening.what_failed(problem)
            work.txn.execute(
                update(parked)
                .where(parked.c.id == row["id"])
                .values(attempts=row["attempts"] + 1, table_name=table, rules=list(rules), reason=str(problem))
            )
    return settled


def _settle(work: Work, incident: Row, row: dict[str, Any]) -> None:
    work.txn.execute(update(parked).where(parked.c.id == row["id"]).values(settled_at=work.now))
    done = "was decided" if incident["phase"] == states.OPEN else "is needed no more"
    post(work, INCIDENT, incident["id"], SYSTEM, f"The step {row['step']} that waited {done}")


def _waiting(incident_id: int | None) -> Select[Any]:
    query = (
        select(parked, incidents.c.number)
        .join(incidents, incidents.c.id == parked.c.incident_id)
        .where(parked.c.settled_at.is_(None))
        .order_by(parked.c.incident_id, parked.c.id)
    )
    return query if incident_id is None else query.where(parked.c.incident_id == incident_id)


def _shown(row: dict[str, Any]) -> ParkedStep:
    return ParkedStep(
        record=row["number"],
        step=row["step"],
        table=row["table_name"],
        rules=tuple(row["rules"]),
        reason=row["reason"],
        parked_at=row["parked_at"],
        attempts=row["attempts"],
    )
