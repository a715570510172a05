"""Columns or a sheet that are not part of a table.

Columns behind the first empty one, and sheets whose name begins with an underscore, are their owner's notes.

Bad, found at D3::

    Groups
    Unique | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | A | X | | ask Anna
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

CHECK = Code("FW110", Severity.NOTE, "Columns or a sheet that are not part of a table", "")
