"""A range that holds nothing.

No number lies between a larger and a smaller bound: the rule could never fire.

Bad, found at B4::

    [Sizes]
    Sizes
    First | If | Then
    Rule | Accounts | Size
    R1 | [9..5] | large
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
    R1 | [5..9] | large
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

CHECK = Code("FW206", Severity.ERROR, "A range that holds nothing", "put the smaller bound first")
