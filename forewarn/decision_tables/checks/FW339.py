"""A listed output value that no rule gives.

Row 4 lists it, and neither a rule nor the Default row gives it: a rule may be missing, or the list is too long.

Bad, found at C3::

    Groups
    Unique | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | A | X
    R2 | B | X

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
    "FW339",
    Severity.NOTE,
    "A listed output value that no rule gives",
    "take it from the Values row",
)
