"""Two rules of a Unique table take the same input.

Under Unique at most one rule may match: such an input makes the table refuse to decide. The finding shows one.

Bad, found at B6::

    Groups
    Unique | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | A | X
    R2 | - | Y

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
    "FW332",
    Severity.ERROR,
    "Two rules of a Unique table take the same input",
    "narrow one of them, or write First in A2",
)
