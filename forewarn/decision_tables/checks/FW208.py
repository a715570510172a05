"""A test that no allowed value passes.

Not one allowed value passes the test, so the rule never fires.

Bad, found at B5::

    Groups
    First | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | not(A, B) | X
    R2 | - | Y

Good::

    Groups
    First | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | not(A) | X
    R2 | - | Y
"""

# ruff: noqa: N999 - the file bears the name of its code
from __future__ import annotations

from forewarn.decision_tables.checks.code import Code
from forewarn.errors import Severity

CHECK = Code("FW208", Severity.ERROR, "A test that no allowed value passes", "mend the test or delete the rule")
