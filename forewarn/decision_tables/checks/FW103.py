"""A workbook links to other workbooks.

A cell that takes its value from another file shows what that file said when somebody last opened both.

Bad, found at the file::

    {link}
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

CHECK = Code("FW103", Severity.WARNING, "A workbook links to other workbooks", "replace the links by values")
