"""A rule whose time is over.

Its Effective to lies behind: it takes no input of today any more.

Bad, found at B5::

    Groups
    First | If | Then | Note
    Rule | Category | Group | Effective to
    Values | A; B | X; Y
    R1 | A | X | {date 2025-01-01}
    R2 | - | Y

Good::

    Groups
    First | If | Then | Note
    Rule | Category | Group | Effective to
    Values | A; B | X; Y
    R1 | A | X | {date 2095-01-01}
    R2 | - | Y
"""

# ruff: noqa: N999 - the file bears the name of its code
from __future__ import annotations

from forewarn.decision_tables.checks.code import Code
from forewarn.errors import Severity

CHECK = Code(
    "FW340",
    Severity.WARNING,
    "A rule whose time is over",
    "delete it, or mend Effective to",
)
