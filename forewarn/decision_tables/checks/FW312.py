"""A heading without a type counts as text.

Nothing says whether the column holds texts, numbers or dates; it is read as text.

Bad, found at B3::

    Groups
    Unique | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | A | X
    R2 | B | Y

Good::

    Groups
    Unique | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | A | X
    R2 | B | Y
    [Glossary]
    heading | type
    Category | string
    Group | string
"""

# ruff: noqa: N999 - the file bears the name of its code
from __future__ import annotations

from forewarn.decision_tables.checks.code import Code
from forewarn.errors import Severity

CHECK = Code("FW312", Severity.NOTE, "A heading without a type counts as text", "add a Glossary row with its type")
