"""A workbook cannot be read.

The file is damaged, encrypted, too large, or no workbook at all, so that nothing in it can decide.

Bad, found at the file::

    {damaged}
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

CHECK = Code("FW101", Severity.ERROR, "A workbook cannot be read", "save it again from the spreadsheet program")
