"""A cell that cannot be understood.

The text follows no rule of the cell language: a quote or bracket that is not closed, an empty part between commas,
an operator that sheets do not have.

Bad, found at B5::

    Groups
    Unique | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | A,, B | X

Good::

    Groups
    Unique | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | A, B | X
"""

# ruff: noqa: N999 - the file bears the name of its code
from __future__ import annotations

from forewarn.decision_tables.checks.code import Code
from forewarn.errors import Severity

CHECK = Code(
    "FW201", Severity.ERROR, "A cell that cannot be understood", "see the cell language in the instructions sheet"
)
