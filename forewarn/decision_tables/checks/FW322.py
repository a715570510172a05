"""A heading that reads a table or output that is not there.

A heading of the form Table › Output reads another table, and there is no such table or output.

Bad, found at B3::

    [A]
    A
    Unique | If | Then
    Rule | C › Out | Out
    R1 | x | y
    [B]
    B
    Unique | If | Then
    Rule | Category | Out
    R1 | x | y

Good::

    [A]
    A
    Unique | If | Then
    Rule | B › Out | Out
    R1 | x | y
    [B]
    B
    Unique | If | Then
    Rule | Category | Out
    R1 | x | y
"""

# ruff: noqa: N999 - the file bears the name of its code
from __future__ import annotations

from forewarn.decision_tables.checks.code import Code
from forewarn.errors import Severity

CHECK = Code("FW322", Severity.ERROR, "A heading that reads a table or output that is not there", "mend the heading")
