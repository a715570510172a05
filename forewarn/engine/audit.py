"""The audit of decisions: kept in the transaction that acted on them, explained by the version that made them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Select, insert, select

from forewarn.decision_tables import Decision, Table
from forewarn.decision_tables.index.cells import PROPERTY
from forewarn.engine.encoding import decode, encode
from forewarn.engine.open_site import OpenSite
from forewarn.engine.records import TABLES
from forewarn.engine.reports import ExplainedDecision, RecordedDecision
from forewarn.engine.schema.deciding import decisions
from forewarn.engine.views import ALERT, CASE, INCIDENT
from forewarn.engine.work import Work
from forewarn.errors import NotFound

_kept = insert(decisions).returning(decisions.c.id)


def keep(work: Work, decision: Decision, *, record: tuple[str, int]) -> None:
    """Keep a decision in the audit of a record."""
    values = {
        "record_kind": record[0],
        "record_id": record[1],
        "table_name": decision.table,
        "version": decision.version,
        "inputs": encode(decision.inputs),
        "rules": list(decision.rules),
        "outputs": encode(decision.outputs),
        "diagnostics": list(decision.diagnostics),
        "at": work.now,
        "mark": work.appended.mark,
    }
    work.appended.one(decisions, work.txn.execute(_kept, values).scalar_one(), values)


def recorded(txn: Connection, kind: str, record_id: int, number: str) -> tuple[RecordedDecision, ...]:
    """The decisions of one record, oldest first."""
    query = (
        select(decisions)
        .where(decisions.c.record_kind == kind, decisions.c.record_id == record_id)
        .order_by(decisions.c.id)
    )
    return tuple(_recorded(dict(row), number) for row in txn.execute(query).mappings())


def _recorded(row: dict[str, Any], number: str) -> RecordedDecision:
    return RecordedDecision(
        record=number,
        table=row["table_name"],
        version=row["version"],
        rules=tuple(row["rules"]),
        inputs=decode(row["inputs"]),
        outputs=decode(row["outputs"]),
        diagnostics=tuple(row["diagnostics"]),
        at=row["at"],
    )


def explain(site: OpenSite, number: str) -> tuple[ExplainedDecision, ...]:
    """The decisions of a record, each with the explanation by the version that decided; raises `NotFound`."""
    with site.store.read() as txn:
        kind, record_id, exact = _find(txn, number)
        found = recorded(txn, kind, record_id, exact)
    return tuple(
        ExplainedDecision(
            decision=decision,
            explanation=_as_then(
                site.rulebook.table_version(decision.table, decision.version), decision.inputs
            ).explain(decision.inputs, at=decision.at),
        )
        for decision in found
    )


def _as_then(table: Table, inputs: Mapping[str, Any]) -> Table:
    """The table with the properties that the decision used: they count as inputs, not as part of the version."""
    then = tuple((name, inputs.get(PROPERTY + name, value)) for name, value in table.model.properties)
    return table if then == table.model.properties else Table(replace(table.model, properties=then))


def _find(txn: Connection, number: str) -> tuple[str, int, str]:
    for kind in (INCIDENT, ALERT, CASE):
        table = TABLES[kind]
        query: Select[Any] = select(table.c.id, table.c.number).where(table.c.number == number.strip().upper())
        found = txn.execute(query).first()
        if found is not None:
            return kind, found.id, found.number
    raise NotFound(f"there is no incident, alert or case {number}")
