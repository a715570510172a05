"""A bound that nothing defines.

A bound may be a property or another input of the table; the cell names neither.

Bad, found at B4::

    [Sizes]
    Sizes
    First | If | Then
    Rule | Accounts | Size
    R1 | > property.limit | large
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
    R1 | > property.limit | large
    R2 | - | small
    [Glossary]
    heading | type | allowed values
    Accounts | number |
    Size | string | small; large

    [Properties]
    name | value | type
    limit | {number 5} | number
"""

# ruff: noqa: N999 - the file bears the name of its code
from __future__ import annotations

from forewarn.decision_tables.checks.code import Code
from forewarn.errors import Severity

CHECK = Code("FW214", Severity.ERROR, "A bound that nothing defines", "name an input or a property that exists")
