"""The analysis stopped at a limit.

Only so many findings of a kind are listed, and a search takes only so many steps; here more than a hundred rules
never decide.

Bad, found at B3::

    {repeat 120}
    Groups
    First | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R# | A | X

Good::

    Groups
    First | If | Then
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
    "FW342",
    Severity.NOTE,
    "The analysis stopped at a limit",
    "mend what is listed, then check again",
)
