"""A rule that never decides.

Rules above it under First, or with better outputs under Priority, take everything that it takes: one alone, or
several together.

Bad, found at B7::

    Groups
    First | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | A | X
    R2 | B | Y
    R3 | - | X

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
    "FW334",
    Severity.WARNING,
    "A rule that never decides",
    "delete it, or move it above the rules that hide it",
)
