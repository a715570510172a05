"""A rule that ends before it begins.

A rule that ends before it begins never holds.

Bad, found at E4::

    Groups
    Unique | If | Then | Note | Note
    Rule | Category | Group | Effective from | Effective to
    R1 | A | X | {date 2026-01-01} | {date 2025-06-30}

Good::

    Groups
    Unique | If | Then | Note | Note
    Rule | Category | Group | Effective from | Effective to
    R1 | A | X | {date 2026-01-01} | {date 2026-06-30}
"""

# ruff: noqa: N999 - the file bears the name of its code
from __future__ import annotations

from forewarn.decision_tables.checks.code import Code
from forewarn.errors import Severity

CHECK = Code("FW324", Severity.ERROR, "A rule that ends before it begins", "put the earlier date under Effective from")
