"""An allowed value with another spelling.

Text compares exactly. The cell differs from an allowed value only by case, an invisible character, curly quotes or
another dash, and would never match.

Bad, found at C5::

    Groups
    Unique | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | A | x
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

CHECK = Code("FW204", Severity.ERROR, "An allowed value with another spelling", "use the allowed spelling")
