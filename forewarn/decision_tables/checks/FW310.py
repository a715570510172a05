"""A Values or Default row that is misplaced.

The Values row stands right below the headings, and a table has one Default row.

Bad, found at A6::

    Groups
    Unique | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | A | X
    Values | A | X

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
    "FW310", Severity.ERROR, "A Values or Default row that is misplaced", "Values is row 4, Default stands once"
)
