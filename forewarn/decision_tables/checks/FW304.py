"""A role or heading behind an empty column.

A table ends at the first column without role and heading; this one stands behind it and would be lost.

Bad, found at D2::

    Groups
    Unique | If | | Then
    Rule | Category | | Group
    R1 | A | | X

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
    "FW304", Severity.ERROR, "A role or heading behind an empty column", "close the gap, or empty rows 2 and 3 there"
)
