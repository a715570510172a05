"""Every kind of finding that the product gives, from the registries of all its parts."""

from __future__ import annotations

from collections.abc import Mapping

from forewarn.decision_tables import codes as tables
from forewarn.decision_tables.analysis import codes as analysis
from forewarn.decision_tables.codes import Code
from forewarn.decision_tables.table_tests.codes import TEST_CODES
from forewarn.engine.checks import codes as site
from forewarn.engine.inventory.codes import Code as InventoryCode
from forewarn.engine.messages import codes as messages
from forewarn.rules import codes as rules

GROUPS: Mapping[str, str] = {
    "FW1": "Reading a workbook",
    "FW2": "Cells",
    "FW3": "Tables",
    "FW4": "A site",
    "FW5": "Event rules",
    "FW6": "Message files",
    "FW7": "Inventory files",
}
"""What findings are about, by the beginnings of their codes."""


def all_codes() -> dict[str, Code]:
    """Every code by itself, ascending."""
    inventory = {
        one.code: Code(one.code, one.severity, one.meaning[0].upper() + one.meaning[1:], "") for one in InventoryCode
    }
    found = {
        **tables.CODES,
        **analysis.ANALYSIS_CODES,
        **TEST_CODES,
        **site.CODES,
        **rules.CODES,
        **messages.CODES,
        **inventory,
    }
    return dict(sorted(found.items()))
