"""A number or date that can be read in two ways.

1,5 is one number to some and two to others, 01/02/2026 is January or February.

Bad, found at B4::

    [Sizes]
    Sizes
    First | If | Then
    Rule | Accounts | Size
    R1 | > 1,5 | large
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
    R1 | > 1.5 | large
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

CHECK = Code("FW210", Severity.ERROR, "A number or date that can be read in two ways", "use 1.5 and 2026-02-01")
