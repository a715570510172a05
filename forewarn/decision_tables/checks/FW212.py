"""Invisible characters in a text.

A non-breaking space looks like a space and is another character: it comes with texts copied from the web.

Bad, found at C4::

    Groups
    Unique | If | Then
    Rule | Category | Group
    R1 | A | Field{nbsp}team

Good::

    Groups
    Unique | If | Then
    Rule | Category | Group
    R1 | A | Field team
"""

# ruff: noqa: N999 - the file bears the name of its code
from __future__ import annotations

from forewarn.decision_tables.checks.code import Code
from forewarn.errors import Severity

CHECK = Code("FW212", Severity.WARNING, "Invisible characters in a text", "type the text again")
