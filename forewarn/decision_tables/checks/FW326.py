"""A table that is too large.

A sheet with so many columns is not a table that anybody wrote; something was pasted beside it.

Bad, found at B3::

    {wide 1001}
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

CHECK = Code("FW326", Severity.ERROR, "A table that is too large", "split it, or delete what does not belong to it")
