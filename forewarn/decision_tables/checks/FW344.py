"""A row of Tests that cannot be understood.

It names a table, inputs, or what is expected in words that the workbook does not know, so that nothing is tested.

Bad, found at Tests!C1::

    Groups
    Unique | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | A | X
    R2 | B | Y
    [Tests]
    table | id | Categroy | Group
    Groups | T1 | A | X

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
    "FW344",
    Severity.ERROR,
    "A row of Tests that cannot be understood",
    "use the table's own name and headings, and one value a cell",
)
