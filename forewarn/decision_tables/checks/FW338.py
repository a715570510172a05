"""An allowed value of an input that no rule takes.

The column may have this value, and no rule holds for it, whatever the other columns say.

Bad, found at B3::

    Groups
    Unique | If | Then
    Rule | Category | Group
    Values | A; B; C | X; Y
    R1 | A | X
    R2 | B | Y

Good::

    Groups
    Unique | If | Then
    Rule | Category | Group
    Values | A; B; C | X; Y
    R1 | A | X
    R2 | B, C | Y
"""

# ruff: noqa: N999 - the file bears the name of its code
from __future__ import annotations

from forewarn.decision_tables.checks.code import Code
from forewarn.errors import Severity

CHECK = Code(
    "FW338",
    Severity.NOTE,
    "An allowed value of an input that no rule takes",
    "add a rule for it",
)
