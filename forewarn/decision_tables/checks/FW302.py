"""A column with an unknown role.

Row 2 says what each column is for.

Bad, found at B2::

    Groups
    Unique | When | Then
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
    "FW302", Severity.ERROR, "A column with an unknown role", "use If, Then, If expression, Then expression or Note"
)
