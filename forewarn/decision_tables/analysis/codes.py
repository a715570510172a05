"""The stable codes of what the analysis of a whole table finds; they follow those of `decision_tables.codes`."""

from __future__ import annotations

from forewarn.decision_tables.codes import Code
from forewarn.errors import Severity

_ERROR, _WARNING, _NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE

ANALYSIS_CODES: dict[str, Code] = {}


def _code(code: str, severity: Severity, title: str, hint: str) -> Code:
    ANALYSIS_CODES[code] = Code(code, severity, title, hint)
    return ANALYSIS_CODES[code]


GAP = _code("FW331", _WARNING, "Inputs that no rule takes", "add a rule for them, or a Default row")
OVERLAP = _code(
    "FW332", _ERROR, "Two rules of a Unique table take the same input", "narrow one of them, or write First in A2"
)
CONFLICT = _code(
    "FW333",
    _ERROR,
    "Two rules of an Any table take the same input with different outputs",
    "give them the same outputs, or narrow one of them",
)
SHADOWED = _code("FW334", _WARNING, "A rule that never decides", "delete it, or move it above the rules that hide it")
DUPLICATE = _code("FW335", _WARNING, "A rule that says what another says", "delete one of the two")
REDUNDANT = _code("FW336", _NOTE, "A rule that changes nothing", "delete it, the answers stay the same")
MERGEABLE = _code("FW337", _NOTE, "Rules that one rule could say", "join their cells in one rule")
UNUSED_INPUT = _code("FW338", _NOTE, "An allowed value of an input that no rule takes", "add a rule for it")
UNUSED_OUTPUT = _code("FW339", _NOTE, "A listed output value that no rule gives", "take it from the Values row")
OUT_OF_EFFECT = _code("FW340", _WARNING, "A rule whose time is over", "delete it, or mend Effective to")
NOT_DECIDABLE = _code("FW341", _NOTE, "Something that no check beforehand can decide", "test it with a row in Tests")
CAPPED = _code("FW342", _NOTE, "The analysis stopped at a limit", "mend what is listed, then check again")
NEVER = _code("FW343", _ERROR, "A rule that no input can satisfy", "mend the cells that exclude each other")
