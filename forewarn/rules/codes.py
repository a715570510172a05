"""The stable codes of the findings on event rule sheets: FW5xx."""

from __future__ import annotations

from forewarn.decision_tables.codes import Code
from forewarn.errors import Severity

CODES: dict[str, Code] = {}


def _code(code: str, title: str, hint: str, severity: Severity = Severity.ERROR) -> Code:
    CODES[code] = Code(code, severity, title, hint)
    return CODES[code]


UNKNOWN_ROLE = _code(
    "FW501",
    "A column role that event rules do not know",
    "use Event, If, Same, Count, Within, Without, And, Do, With, Note",
)
MISSING_COLUMN = _code("FW502", "A column that every event rule needs is missing", "add a column Event and a column Do")
DUPLICATE_COLUMN = _code("FW503", "A column that may stand once stands twice", "leave one of them")
BAD_HEADING = _code(
    "FW504", "A heading that is not record.attribute", "write the heading as record.attribute, such as alert.severity"
)
RESERVED_ATTRIBUTE = _code(
    "FW505", "An attribute name that the rule engine keeps for itself", "use another attribute, such as number for id"
)
UNKNOWN_ATTRIBUTE = _code("FW506", "An attribute that the record does not have", "use an attribute that the record has")
UNKNOWN_EVENT = _code(
    "FW507", "A kind of event or record that nobody sends", "use alert, clear, or an event that a rule raises"
)
BLANK_CELL = _code("FW508", "A cell that every event rule needs is blank", "fill it, or delete the row")
OTHER_EVENT = _code(
    "FW509", "A test of a record that is not the rule's event", "leave the cell blank, or use an And column"
)
BAD_ACTION = _code(
    "FW510",
    "An action that event rules do not know",
    "write open incident, add to incident, reopen incident, escalate incident, ignore, notify, raise event NAME, "
    "decide TABLE or run FLOW",
)
BAD_COUNT = _code(
    "FW511", "A count that is not a whole number of at least 2", "write a number from 2 to 1000, or leave it blank"
)
BAD_WITHIN = _code("FW512", "A duration that cannot be read", "write 30s, 5m, 2h, 1d or PT5M, as text")
COUNT_WITHOUT_WITHIN = _code("FW513", "A count without its window", "say within which time, such as 5m")
IDLE_WITHIN = _code(
    "FW514", "A window that bounds nothing", "leave it blank, or count events, or name one in And or Without"
)
MISSING_SAME = _code(
    "FW515", "Further facts without what they share", "say what they share with the event, such as alert.ci"
)
BAD_SAME = _code(
    "FW516", "A correlation key that is not attributes of the event", "write attributes of the event, such as alert.ci"
)
COUNT_AND_WAIT = _code(
    "FW517",
    "A count together with an event that must stay away",
    "split the rule: count and raise an event, and let another rule wait after that event",
)
BAD_PLACEHOLDER = _code(
    "FW518",
    "A placeholder that names nothing the rule has",
    "use an attribute of the event or of an And record, such as {alert.ci}",
)
DUPLICATE_RULE = _code(
    "FW519", "A rule id used twice", "give each rule its own id; they count over all event rule sheets"
)
UNKNOWN_NAME = _code("FW520", "A name that nobody knows", "use a name that exists")
TOO_MANY_RULES = _code(
    "FW521",
    "More event rules than can be run",
    "let event rules decide when, and a decision table decide what: it bears 100,000 rules",
)
TOO_WIDE_RULE = _code("FW522", "A rule that looks at too many facts at once", "split the rule with raise event")
PROBE_FAILED = _code("FW523", "Rules that durable-rules does not bear", "take the newest rule out and report the sheet")
BAD_EFFECT = _code("FW524", "Effective dates that cannot be read or are reversed", "write dates such as 2026-03-01")
FORMULA = _code("FW525", "A formula where text is meant", "format the cell as text and type it again without =")
IDLE_VALUES = _code("FW526", "Values for an action that fills nothing", "leave the cell blank", Severity.WARNING)
ASSUMED_TEXT = _code(
    "FW527", "A column whose type nobody says is read as text", "add the attribute to the Glossary", Severity.NOTE
)
BAD_TEST = _code("FW528", "A test that cannot be understood", "see the cell language in the instructions sheet")
MIXED_TYPES = _code("FW529", "A column that mixes types", "write all cells of the column in one type")
