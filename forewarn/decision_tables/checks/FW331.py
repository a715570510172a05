"""Inputs that no rule takes.

An input that no rule takes gets no answer. All columns are looked at together, and the finding shows one such input.

Bad, found at B3::

    Groups
    Unique | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | A | X

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
    "FW331",
    Severity.WARNING,
    "Inputs that no rule takes",
    "add a rule for them, or a Default row",
)
