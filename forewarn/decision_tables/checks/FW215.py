"""Null listed for a required input.

A required input is never null, so null among its values says two things at once.

Bad, found at B4::

    Groups
    Unique | If | Then
    Rule | Category | Group
    Values | empty; A | X
    R1 | A | X

Good::

    Groups
    Unique | If | Then
    Rule | Category | Group
    Values | A; B | X
    R1 | A | X
"""

# ruff: noqa: N999 - the file bears the name of its code
from __future__ import annotations

from forewarn.decision_tables.checks.code import Code
from forewarn.errors import Severity

CHECK = Code("FW215", Severity.ERROR, "Null listed for a required input", "say nullable in the Glossary")
