"""Two columns with the same heading.

Two columns of one heading cannot be told apart.

Bad, found at C3::

    Groups
    Unique | If | If | Then
    Rule | Category | Category | Group
    R1 | A | B | X

Good::

    Groups
    Unique | If | If | Then
    Rule | Category | Subcategory | Group
    R1 | A | B | X
"""

# ruff: noqa: N999 - the file bears the name of its code
from __future__ import annotations

from forewarn.decision_tables.checks.code import Code
from forewarn.errors import Severity

CHECK = Code("FW305", Severity.ERROR, "Two columns with the same heading", "rename one of them")
