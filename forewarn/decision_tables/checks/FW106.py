"""The used range is far larger than the content.

A stray format far below the table makes the file large and slow.

Bad, found at A6::

    {last row 70000}
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

CHECK = Code(
    "FW106", Severity.NOTE, "The used range is far larger than the content", "delete the empty rows and columns"
)
