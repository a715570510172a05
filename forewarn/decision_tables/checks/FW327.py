"""A table with too many errors to list.

After a thousand errors reading stops: they have one cause, and the list would hide it.

Bad, found at B{row}::

    Groups
    Unique | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R# | C | Z
    {repeat 1200}

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
    "FW327", Severity.ERROR, "A table with too many errors to list", "mend those that are listed, then check again"
)
