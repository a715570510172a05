"""Values of different types in one cell.

Values of different types never compare, so one of them can never match.

Bad, found at B4::

    [Sizes]
    Sizes
    First | If | Then
    Rule | Waited | Size
    R1 | 4h, 8 business hours | large
    R2 | - | small
    [Glossary]
    heading | type
    Waited | days and time duration
    Size | string

Good::

    [Sizes]
    Sizes
    First | If | Then
    Rule | Waited | Size
    R1 | 4h, 8h | large
    R2 | - | small
    [Glossary]
    heading | type
    Waited | days and time duration
    Size | string
"""

# ruff: noqa: N999 - the file bears the name of its code
from __future__ import annotations

from forewarn.decision_tables.checks.code import Code
from forewarn.errors import Severity

CHECK = Code("FW209", Severity.ERROR, "Values of different types in one cell", "use values of the column's type")
