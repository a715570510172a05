"""Tables that read each other in a circle.

To decide the one table the other must be decided first, and the other way round.

Bad, found at A!B3::

    [A]
    A
    Unique | If | Then
    Rule | B › Out | Out
    R1 | x | y
    [B]
    B
    Unique | If | Then
    Rule | A › Out | Out
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

CHECK = Code("FW321", Severity.ERROR, "Tables that read each other in a circle", "break the circle")
