"""A test that its table fails.

A row of Tests says what a table is to decide; the table decides otherwise. Either the rules or the row are wrong.

Bad, found at Tests!D2::

    Groups
    Unique | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | A | X
    R2 | B | Y
    [Tests]
    table | id | Category | Group
    Groups | T1 | A | Y

Good::

    Groups
    Unique | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | A | X
    R2 | B | Y
    [Tests]
    table | id | Category | Group
    Groups | T1 | A | X
"""

# ruff: noqa: N999 - the file bears the name of its code
from __future__ import annotations

from forewarn.decision_tables.checks.code import Code
from forewarn.errors import Severity

CHECK = Code(
    "FW345",
    Severity.ERROR,
    "A test that its table fails",
    "mend the rules, or what the row expects",
)
