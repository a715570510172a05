"""A workbook carries macros.

Macros are never run; a workbook of rules needs none, and mail servers and colleagues distrust them.

Bad, found at the file::

    {macros}
    Groups
    Unique | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | A | X
    R2 | B | Y

Good::

    Groups
    Unique | If | Then
    Rule | Category | Group
    Values | A; B | X; Y
    R1 | A | X
    R2 | B | Y
"""

# ruff: noqa: N999 - the file bears the name of its code
from __future__ import annotations

from forewarn.decision_tables.checks.code import Code
from forewarn.errors import Severity

CHECK = Code("FW102", Severity.WARNING, "A workbook carries macros", "save it as .xlsx; macros are never run")
