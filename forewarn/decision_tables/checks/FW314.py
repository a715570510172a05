"""Priority or Output order without a Values row.

Under Priority and Output order the Values row ranks the outputs, best first; without it there is no order.

Bad, found at A2::

    Groups
    Priority | If | Then
    Rule | Category | Group
    R1 | A | X

Good::

    Groups
    Priority | If | Then
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
    "FW314", Severity.ERROR, "Priority or Output order without a Values row", "list the outputs in row 4, best first"
)
