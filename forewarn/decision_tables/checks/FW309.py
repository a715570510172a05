"""A table without outputs or without rules.

A table needs at least one Then column and one rule.

Bad, found at A4::

    Groups
    Unique | If | Then
    Rule | Category | Group

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

CHECK = Code("FW309", Severity.ERROR, "A table without outputs or without rules", "add a Then column and a rule")
