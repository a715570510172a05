"""Decision tables from spreadsheets: read them, check them, decide with them. Usable without the rest of Forewarn.

from forewarn.decision_tables import read_workbook

book = read_workbook("policy.xlsx")
decision = book.table("Incident Escalation Policy").decide({"Category": "SD-WAN", …})
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forewarn.decision_tables.decision import Decision
    from forewarn.decision_tables.library import Library, Workbook, read_library, read_workbook
    from forewarn.decision_tables.table import Table
    from forewarn.decision_tables.vocabulary import NamedSet, Vocabulary
    from forewarn.decision_tables.writing import new_workbook, write_workbook

_HOMES = {
    "Decision": "decision",
    "Library": "library",
    "NamedSet": "vocabulary",
    "Table": "table",
    "Vocabulary": "vocabulary",
    "Workbook": "library",
    "new_workbook": "writing",
    "read_library": "library",
    "read_workbook": "library",
    "write_workbook": "writing",
}

__all__ = [
    "Decision",
    "Library",
    "NamedSet",
    "Table",
    "Vocabulary",
    "Workbook",
    "new_workbook",
    "read_library",
    "read_workbook",
    "write_workbook",
]


def __getattr__(name: str) -> Any:
    """Load a public name where it is first used: importing the package stays light."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
