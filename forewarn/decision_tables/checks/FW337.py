"""Rules that one rule could say.

They differ in one column alone and give the same outputs; a shorter table is easier to keep right.

Bad, found at B5::

    Groups
    Unique | If | Then
    Rule | Category | Group
    Values | A; B; C | X; Y
    R1 | A | X
    R2 | B | X
    R3 | C | Y

Good::

    Groups
    Unique | If | Then
    Rule | Category | Group
    Values | A; B; C | X; Y
    R1 | A, B | X
    R3 | C | Y
"""

# ruff: noqa: N999 - the file bears the name of its code
from __future__ import annotations

from forewarn.decision_tables.checks.code import Code
from forewarn.errors import Severity

CHECK = Code(
    "FW337",
    Severity.NOTE,
    "Rules that one rule could say",
    "join their cells in one rule",
)
