"""An aggregate that cannot be computed.

A sum, a smallest or a largest value needs one output, and it must be a number.

Bad, found at C3::

    Groups
    Collect sum | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | A | X
    R2 | B | Y

Good::

    [Sizes]
    Sizes
    Collect sum | If | Then
    Rule | Category | Points
    R1 | A | {number 3}
    [Glossary]
    heading | type
    Category | string
    Points | number
"""

# ruff: noqa: N999 - the file bears the name of its code
from __future__ import annotations

from forewarn.decision_tables.checks.code import Code
from forewarn.errors import Severity

CHECK = Code("FW315", Severity.ERROR, "An aggregate that cannot be computed", "use exactly one output of type number")
