"""A test that every allowed value passes.

The test lists every allowed value, so it tests nothing; when a value is added later, the rule will not take it.

Bad, found at B5::

    Groups
    Unique | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | A, B | X

Good::

    Groups
    Unique | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | - | X
"""

# ruff: noqa: N999 - the file bears the name of its code
from __future__ import annotations

from forewarn.decision_tables.checks.code import Code
from forewarn.errors import Severity

CHECK = Code("FW207", Severity.WARNING, "A test that every allowed value passes", "write - for any value")
