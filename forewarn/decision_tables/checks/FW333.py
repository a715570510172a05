"""Two rules of an Any table take the same input with different outputs.

Under Any several rules may match as long as they agree; where they do not, the table refuses to decide.

Bad, found at B6::

    Groups
    Any | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | A | X
    R2 | - | Y

Good::

    Groups
    Any | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | A | X
    R2 | - | X
"""

# ruff: noqa: N999 - the file bears the name of its code
from __future__ import annotations

from forewarn.decision_tables.checks.code import Code
from forewarn.errors import Severity

CHECK = Code(
    "FW333",
    Severity.ERROR,
    "Two rules of an Any table take the same input with different outputs",
    "give them the same outputs, or narrow one of them",
)
