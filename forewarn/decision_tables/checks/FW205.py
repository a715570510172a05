"""The spreadsheet program turned text into a number or a date.

Spreadsheet programs turn 1-2 into a date and 007 into a number as soon as it is typed. What was meant is lost.

Bad, found at B5::

    Groups
    Unique | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | {date 2026-02-01} | X
    R2 | B | Y

Good::

    Groups
    Unique | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | A | X
    R2 | B | Y
"""

# ruff: noqa: N999 - the file bears the name of its code
from __future__ import annotations

from forewarn.decision_tables.checks.code import Code
from forewarn.errors import Severity

CHECK = Code(
    "FW205",
    Severity.ERROR,
    "The spreadsheet program turned text into a number or a date",
    "format the cell as text and type it again",
)
