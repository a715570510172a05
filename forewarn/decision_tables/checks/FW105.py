"""Merged cells in the rule area.

Only the first of merged cells holds the value: to the rules below it the cell is blank, and blank means any value.

Bad, found at B5::

    {merged B5:B6}
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

CHECK = Code("FW105", Severity.ERROR, "Merged cells in the rule area", "unmerge them and fill each cell")
