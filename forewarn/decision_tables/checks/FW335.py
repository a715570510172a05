"""A rule that says what another says.

It takes the same inputs and gives the same outputs. Where every hit counts, the answer counts twice.

Bad, found at B6::

    Groups
    Collect | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | A | X
    R2 | A | X

Good::

    Groups
    Collect | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | A | X
    R2 | B | X
"""

# ruff: noqa: N999 - the file bears the name of its code
from __future__ import annotations

from forewarn.decision_tables.checks.code import Code
from forewarn.errors import Severity

CHECK = Code(
    "FW335",
    Severity.WARNING,
    "A rule that says what another says",
    "delete one of the two",
)
