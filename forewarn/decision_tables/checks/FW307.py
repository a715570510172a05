"""A row whose output cells are all blank.

Something stands in the row, but no output: a remark under the table, or a rule that nobody finished. It must not
become a rule that takes everything.

Bad, found at C7::

    Groups
    Unique | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | A | X
    R2 | B | Y
    see the mail of Monday | |

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
    "FW307",
    Severity.ERROR,
    "A row whose output cells are all blank",
    "fill an output (null is one), or move remarks off the table",
)
