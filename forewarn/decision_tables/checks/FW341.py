"""Something that no check beforehand can decide.

Open text may be anything, an expression may come to anything, and one input compared with another depends on both:
what hangs on them is left out of the search for gaps and overlaps, and named.

Bad, found at B3::

    Groups
    Unique | If | Then
    Rule | Category | Group
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
    "FW341",
    Severity.NOTE,
    "Something that no check beforehand can decide",
    "test it with a row in Tests",
)
