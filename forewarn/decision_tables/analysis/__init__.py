"""What is wrong with a whole table, over all columns together: gaps, overlaps, hidden rules, and the like.

from forewarn.decision_tables.analysis import analyse, findings_of

analysis = analyse(table.model)
for finding in findings_of(analysis):
    print(finding)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forewarn.decision_tables.analysis.analysing import LIMIT, STEPS, analyse
    from forewarn.decision_tables.analysis.codes import ANALYSIS_CODES
    from forewarn.decision_tables.analysis.findings import analyse_library, findings_of
    from forewarn.decision_tables.analysis.result import Analysis

_HOMES = {
    "ANALYSIS_CODES": "codes",
    "Analysis": "result",
    "LIMIT": "analysing",
    "STEPS": "analysing",
    "analyse": "analysing",
    "analyse_library": "findings",
    "findings_of": "findings",
}

__all__ = ["ANALYSIS_CODES", "LIMIT", "STEPS", "Analysis", "analyse", "analyse_library", "findings_of"]


def __getattr__(name: str) -> Any:
    """Load a public name where it is first used: numpy is worth its import only where a table is analysed."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
