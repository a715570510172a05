"""What the tests of this folder share: a table as plain rows, and a report taken apart."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from forewarn.engine.inventory.report import LoadReport
from forewarn.engine.schema import inventory as schema
from forewarn.engine.store import Store
from forewarn.errors import Finding

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)

_NAMED = (
    schema.accounts,
    schema.consumers,
    schema.users,
    schema.groups,
    schema.cis,
    schema.services,
    schema.sold_products,
)


def read_table(store: Store, name: str) -> list[dict[str, Any]]:
    """The rows of a table without ids of their own; references are shown as number, name or user name."""
    with store.read() as connection:
        labels = {
            table.name: {
                row["id"]: row.get("user_name") or row.get("number") or row["name"]
                for row in connection.execute(select(table)).mappings()
            }
            for table in _NAMED
        }
        table = schema.metadata.tables[name]
        shown = []
        for row in connection.execute(select(table).order_by(table.c.id)).mappings():
            values = dict(row)
            del values["id"]
            for key in table.foreign_keys:
                column = key.parent.name
                values[column] = labels[key.column.table.name].get(values[column])
            shown.append(values)
        return sorted(shown, key=lambda row: json.dumps(row, default=str, sort_keys=True))


def only(report: LoadReport) -> Finding:
    """The one finding of a report."""
    assert len(report.findings) == 1, [str(finding) for finding in report.findings]
    return report.findings[0]


def said(report: LoadReport) -> str:
    """All findings, a line each."""
    return "\n".join(str(finding) for finding in report.findings)


def counts(report: LoadReport, kind: str) -> tuple[int, int, int, int, int]:
    """Added, changed, unchanged, repeated, refused of one kind."""
    for count in report.counts:
        if count.kind == kind:
            return (count.added, count.changed, count.unchanged, count.repeated, count.refused)
    return (0, 0, 0, 0, 0)


def account(number: str, name: str, value: str | None = None, **extra: Any) -> dict[str, Any]:
    """A row of the table of accounts as it should be."""
    return {
        "number": number,
        "name": name,
        "contract_value": None if value is None else Decimal(value),
        "domain": "",
        "extra": extra,
    }
