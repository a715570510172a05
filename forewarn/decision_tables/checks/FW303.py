"""A column with a role or a heading alone.

A column has a role in row 2 and a heading in row 3; here one of them is missing.

Bad, found at C3::

    Groups
    Unique | If | Then
    Rule | Category |
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

CHECK = Code("FW303", Severity.ERROR, "A column with a role or a heading alone", "fill row 2 and row 3")
