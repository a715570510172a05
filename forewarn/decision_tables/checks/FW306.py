"""A rule id used twice.

A rule's id stands in every decision that it makes, so each rule has its own. Rules copied with their id are the
usual cause.

Bad, found at A6::

    Groups
    Unique | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | A | X
    R1 | B | Y

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

CHECK = Code("FW306", Severity.ERROR, "A rule id used twice", "give each rule its own id")
