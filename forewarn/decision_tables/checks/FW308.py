"""A catch-all rule that is not the last of a First table.

Under First the first rule that matches decides. This one matches everything, so nothing below it is ever reached.

Bad, found at B5::

    Groups
    First | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | - | X
    R2 | B | Y

Good::

    Groups
    First | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R2 | B | Y
    R1 | - | X
"""

# ruff: noqa: N999 - the file bears the name of its code
from __future__ import annotations

from forewarn.decision_tables.checks.code import Code
from forewarn.errors import Severity

CHECK = Code(
    "FW308",
    Severity.ERROR,
    "A catch-all rule that is not the last of a First table",
    "move it to the end of the table",
)
