"""A reserved sheet that cannot be understood.

A row of Glossary, Properties, Aliases or Types cannot be understood, and every table that relies on it suffers.

Bad, found at Glossary!B2::

    Groups
    Unique | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | A | X
    R2 | B | Y
    [Glossary]
    heading | type
    Category | sting
    Group | string

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

CHECK = Code("FW317", Severity.ERROR, "A reserved sheet that cannot be understood", "mend the row")
