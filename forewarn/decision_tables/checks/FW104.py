"""Hidden rows, columns or sheets count.

What cannot be seen decides all the same, which surprises whoever reads the sheet.

Bad, found at A6::

    {hidden row 6}
    Groups
    Unique | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | A | X
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

CHECK = Code("FW104", Severity.WARNING, "Hidden rows, columns or sheets count", "unhide them, or delete them")
