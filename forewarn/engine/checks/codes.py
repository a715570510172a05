"""The stable codes of findings about a whole site: FW4xx."""

from __future__ import annotations

from forewarn.decision_tables.codes import Code
from forewarn.errors import Severity

_ALL = (
    Code("FW401", Severity.ERROR, "A table that the product needs is not there", "put back the sheet of that name"),
    Code(
        "FW402",
        Severity.ERROR,
        "A table lacks a Then column that the product needs",
        "add the column, and bind its heading in the Glossary",
    ),
    Code("FW403", Severity.ERROR, "A flow that no plugin and no message provides", "use a flow of forewarn plugins"),
    Code("FW404", Severity.ERROR, "A message that no file provides", "use a key of messages/, or write the file"),
    Code(
        "FW405",
        Severity.ERROR,
        "A recipient that nobody knows",
        "use primary contact, account contacts or consumer",
    ),
    Code("FW406", Severity.ERROR, "A handling of major cases that nobody knows", "use one of the listed handlings"),
    Code("FW407", Severity.ERROR, "A field that records do not have, or that cannot be filled", "use a field's name"),
    Code("FW408", Severity.ERROR, "A property that switches a rule is not there", "put its row back, yes or no"),
    Code("FW409", Severity.ERROR, "A plugin that failed", "mend the plugin, or take it away"),
    Code("FW410", Severity.ERROR, "A row of scenarios that cannot be understood", "mend the row"),
    Code(
        "FW411",
        Severity.WARNING,
        "A row of the vocabulary about an attribute or table that is not there",
        "mend the name, or take the row away",
    ),
    Code("FW412", Severity.ERROR, "A trouble ticket event or status that nobody knows", "use one of the listed names"),
    Code("FW413", Severity.ERROR, "A property of the producer that cannot be used", "mend the value"),
    Code("FW414", Severity.ERROR, "A row of the mapping of a history that cannot be understood", "mend the row"),
    Code("FW415", Severity.WARNING, "A row or value of a history that cannot be used", "mend it in the file"),
)

CODES: dict[str, Code] = {one.code: one for one in _ALL}
