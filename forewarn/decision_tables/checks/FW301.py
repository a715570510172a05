"""A sheet whose A2 names no hit policy.

A2 says how the rules of the sheet work together: a hit policy, or Event rules.

Bad, found at A2::

    Groups
    Uniqe | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | A | X
    R2 | B | Y

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
    "FW301", Severity.ERROR, "A sheet whose A2 names no hit policy", "write a hit policy, such as First, or Event rules"
)
