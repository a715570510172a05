"""A spreadsheet error value.

An error value is what a formula leaves behind that went wrong; it is no value of a rule.

Bad, found at B5::

    Groups
    Unique | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | {error #N/A} | X
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

CHECK = Code("FW109", Severity.ERROR, "A spreadsheet error value", "type the value that is meant")
