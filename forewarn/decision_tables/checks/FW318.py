"""Two rows that define the same thing differently.

Two rows define the same thing, and differ.

Bad, found at Properties!B3::

    Groups
    Unique | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | A | X
    R2 | B | Y
    [Properties]
    name | value | type
    limit | {number 5} | number
    limit | {number 6} | number

Good::

    Groups
    Unique | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | A | X
    R2 | B | Y
    [Properties]
    name | value | type
    limit | {number 5} | number
"""

# ruff: noqa: N999 - the file bears the name of its code
from __future__ import annotations

from forewarn.decision_tables.checks.code import Code
from forewarn.errors import Severity

CHECK = Code("FW318", Severity.ERROR, "Two rows that define the same thing differently", "keep one of them")
