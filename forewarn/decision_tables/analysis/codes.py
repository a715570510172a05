"""The stable codes of what the analysis of a whole table finds; they follow those of `decision_tables.codes`."""

from __future__ import annotations

from forewarn.decision_tables.checks import (
    FW331,
    FW332,
    FW333,
    FW334,
    FW335,
    FW336,
    FW337,
    FW338,
    FW339,
    FW340,
    FW341,
    FW342,
    FW343,
)
from forewarn.decision_tables.checks.code import Code

GAP = FW331.CHECK
OVERLAP = FW332.CHECK
CONFLICT = FW333.CHECK
SHADOWED = FW334.CHECK
DUPLICATE = FW335.CHECK
REDUNDANT = FW336.CHECK
MERGEABLE = FW337.CHECK
UNUSED_INPUT = FW338.CHECK
UNUSED_OUTPUT = FW339.CHECK
OUT_OF_EFFECT = FW340.CHECK
NOT_DECIDABLE = FW341.CHECK
CAPPED = FW342.CHECK
NEVER = FW343.CHECK

ANALYSIS_CODES: dict[str, Code] = {
    one.code: one
    for one in (
        GAP,
        OVERLAP,
        CONFLICT,
        SHADOWED,
        DUPLICATE,
        REDUNDANT,
        MERGEABLE,
        UNUSED_INPUT,
        UNUSED_OUTPUT,
        OUT_OF_EFFECT,
        NOT_DECIDABLE,
        CAPPED,
        NEVER,
    )
}
