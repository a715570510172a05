"""The stable codes of what the Tests sheets find; they follow those of the analysis."""

from __future__ import annotations

from forewarn.decision_tables.checks import FW344, FW345
from forewarn.decision_tables.checks.code import Code

BAD_TEST = FW344.CHECK
FAILING_TEST = FW345.CHECK

TEST_CODES: dict[str, Code] = {one.code: one for one in (BAD_TEST, FAILING_TEST)}
