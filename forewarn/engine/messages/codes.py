"""The stable codes of findings about message files: FW6xx."""

from __future__ import annotations

from forewarn.decision_tables.codes import Code
from forewarn.errors import Severity

_ALL = (
    Code("FW601", Severity.ERROR, "A message file that cannot be read", "save it as UTF-8 text"),
    Code("FW602", Severity.ERROR, "Front matter that cannot be understood", "write name: value lines between two ---"),
    Code("FW603", Severity.ERROR, "A message that is not a template", "close every {{ and {%"),
    Code("FW604", Severity.ERROR, "A message that uses what templates may not", "use fields, filters, if and for"),
    Code("FW605", Severity.ERROR, "A message that speaks of a record it does not have", "use a record that it has"),
    Code("FW606", Severity.ERROR, "A message that uses a field that is not there", "use a field of the record"),
    Code("FW607", Severity.ERROR, "Two messages that provide the same flow", "leave the flow to one of them"),
    Code("FW608", Severity.ERROR, "An empty message", "write its text below the front matter"),
)

CODES: dict[str, Code] = {one.code: one for one in _ALL}
