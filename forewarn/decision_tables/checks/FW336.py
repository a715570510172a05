"""A rule that changes nothing.

Whatever it decides, a rule below it, or beside it under Any, would decide alike.

Bad, found at B5::

    Groups
    First | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | A | X
    R2 | - | X

Good::

    Groups
    First | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | A | Y
    R2 | - | X
"""

# ruff: noqa: N999 - the file bears the name of its code
from __future__ import annotations

from forewarn.decision_tables.checks.code import Code
from forewarn.errors import Severity

CHECK = Code(
    "FW336",
    Severity.NOTE,
    "A rule that changes nothing",
    "delete it, the answers stay the same",
)
