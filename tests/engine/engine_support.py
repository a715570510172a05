"""What the engine's tests share: where the stock files are, a recording sink, edits of workbooks, counts of tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
from sqlalchemy import func, select

import forewarn.plugins.stock
from forewarn.engine.open_site import OpenSite
from forewarn.engine.schema import metadata
from forewarn.plugins.api import DeliveryResult, Notification, Outcome

_STOCK = Path(forewarn.plugins.stock.__file__).parent
STOCK = _STOCK / "workbooks"
SAMPLE = _STOCK / "sample" / "inventory"

START = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
"""When the tests' clocks start."""

OUTAGE: Mapping[str, Any] = {
    "id": "a-1",
    "source": "monitor",
    "ci": "Vmanage_10001",
    "name": "controller down",
    "severity": "critical",
    "state": "raised",
    "time": "2026-05-04T07:59:00Z",
    "short_description": "Vmanage_10001 failed to restart",
    "description": "It failed to restart after a change.",
    "category": "SD WAN",
    "subcategory": "Protocol Failure",
}
"""The alert of the documents' example: five accounts are affected."""


@dataclass
class RecordingSink:
    """Keeps every notification; answers as ``answer`` says (delivered by default)."""

    got: list[Notification] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    answer: Any = None
    closed: int = 0

    def deliver(self, batch: Sequence[Notification]) -> Sequence[DeliveryResult]:
        self.batches.append(len(batch))
        results = [
            self.answer(one) if self.answer else DeliveryResult(one.event_id, Outcome.DELIVERED) for one in batch
        ]
        self.got += [
            one
            for one, result in zip(batch, results, strict=True)
            if getattr(result, "outcome", None) is Outcome.DELIVERED
        ]
        return results

    def close(self) -> None:
        self.closed += 1


@dataclass
class Workbooks:
    """Edits workbooks of a site as a person would: through a cell."""

    root: Path

    def set(self, workbook: str, sheet: str, cell: str, value: Any) -> None:
        path = self.root / workbook
        book = openpyxl.load_workbook(path)
        book[sheet][cell] = value
        book.save(path)

    def append(self, workbook: str, sheet: str, row: Sequence[Any]) -> None:
        path = self.root / workbook
        book = openpyxl.load_workbook(path)
        book[sheet].append(list(row))
        book.save(path)

    def find(self, workbook: str, sheet: str, text: str, column: int = 1) -> int:
        """The row whose cell in ``column`` holds the text."""
        book = openpyxl.load_workbook(self.root / workbook)
        for row in book[sheet].iter_rows(min_col=column, max_col=column):
            if row[0].value == text:
                return int(row[0].row)
        raise LookupError(text)


def table_counts(site: OpenSite) -> dict[str, int]:
    """How many rows each table of the store has."""
    with site.store.read() as txn:
        return {
            table.name: txn.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }


def snapshot(site: OpenSite) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that the store holds, to see that an action changed nothing."""
    with site.store.read() as txn:
        return {
            table.name: [tuple(row) for row in txn.execute(select(table).order_by(*table.primary_key.columns))]
            for table in metadata.sorted_tables
        }
