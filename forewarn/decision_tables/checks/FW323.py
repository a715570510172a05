"""An effective date that cannot be used.

The time in which a rule holds needs dates that can be read.

Bad, found at E4::

    Groups
    Unique | If | Then | Note | Note
    Rule | Category | Group | Effective from | Effective to
    R1 | A | X | {date 2026-01-01} | end of June

Good::

    Groups
    Unique | If | Then | Note | Note
    Rule | Category | Group | Effective from | Effective to
    R1 | A | X | {date 2026-01-01} | {date 2026-06-30}
"""

# ruff: noqa: N999 - the file bears the name of its code
from __future__ import annotations

from forewarn.decision_tables.checks.code import Code
from forewarn.errors import Severity

CHECK = Code("FW323", Severity.ERROR, "An effective date that cannot be used", "type a date, From before To")
