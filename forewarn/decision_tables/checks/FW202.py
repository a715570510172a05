"""A cell of another type than its column.

The column holds numbers, dates or durations, and the cell holds something else.

Bad, found at B4::

    [Sizes]
    Sizes
    First | If | Then
    Rule | Accounts | Size
    R1 | many | large
    R2 | - | small
    [Glossary]
    heading | type | allowed values
    Accounts | number |
    Size | string | small; large

Good::

    [Sizes]
    Sizes
    First | If | Then
    Rule | Accounts | Size
    R1 | > 5 | large
    R2 | - | small
    [Glossary]
    heading | type | allowed values
    Accounts | number |
    Size | string | small; large
"""

# ruff: noqa: N999 - the file bears the name of its code
from __future__ import annotations

from forewarn.decision_tables.checks.code import Code
from forewarn.errors import Severity

CHECK = Code("FW202", Severity.ERROR, "A cell of another type than its column", "type a value of the column's type")
