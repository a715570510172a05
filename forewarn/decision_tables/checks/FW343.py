"""A rule that no input can satisfy.

Columns that read one attribute have one value together: cells on it can exclude each other.

Bad, found at B4:C4::

    Groups
    First | If | If | Then
    Rule | At least | At most | Group
    R1 | >= 10 | <= 5 | X
    R2 | - | - | Y
    [Glossary]
    heading | table | record | attribute | type | allowed values | unit | nullable | meaning
    At least | | incident | count | number
    At most | | incident | count | number

Good::

    Groups
    First | If | If | Then
    Rule | At least | At most | Group
    R1 | >= 5 | <= 10 | X
    R2 | - | - | Y
    [Glossary]
    heading | table | record | attribute | type | allowed values | unit | nullable | meaning
    At least | | incident | count | number
    At most | | incident | count | number
"""

# ruff: noqa: N999 - the file bears the name of its code
from __future__ import annotations

from forewarn.decision_tables.checks.code import Code
from forewarn.errors import Severity

CHECK = Code(
    "FW343",
    Severity.ERROR,
    "A rule that no input can satisfy",
    "mend the cells that exclude each other",
)
