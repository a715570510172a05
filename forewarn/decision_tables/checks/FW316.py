"""Values outside those of the Glossary.

The Values row of a table may narrow what the Glossary allows, not widen it.

Bad, found at B4::

    Groups
    Unique | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | A | X
    R2 | B | Y
    [Glossary]
    heading | type | allowed values
    Category | string | A
    Group | string | X; Y

Good::

    Groups
    Unique | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | A | X
    R2 | B | Y
    [Glossary]
    heading | type | allowed values
    Category | string | A; B; C
    Group | string | X; Y
"""

# ruff: noqa: N999 - the file bears the name of its code
from __future__ import annotations

from forewarn.decision_tables.checks.code import Code
from forewarn.errors import Severity

CHECK = Code("FW316", Severity.ERROR, "Values outside those of the Glossary", "list only values of the Glossary")
