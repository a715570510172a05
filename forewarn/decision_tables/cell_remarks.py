"""What is worth a word in a cell that was understood."""

from __future__ import annotations

from decimal import Decimal

from forewarn.decision_tables import codes
from forewarn.decision_tables.allowed_values import coverage, plain_spelling
from forewarn.decision_tables.grid import Cell
from forewarn.decision_tables.literals import CellProblem
from forewarn.decision_tables.reading.number_format import plain_number
from forewarn.decision_tables.syntax import AnyValue, Compare, Test
from forewarn.decision_tables.values import Kind, Type


def remark(cell: Cell, type: Type, test: Test, allowed: Test | None, nullable: bool) -> CellProblem | None:
    """What is worth a word in a cell that was understood.

    A percentage, cut digits, an invisible character, a test that the allowed values settle.
    """
    if cell.number_format is not None and "%" in cell.number_format and type.kind is Kind.NUMBER:
        return CellProblem(codes.PERCENT, f"{cell.shown} counts as its fraction")
    if isinstance(cell.value, Decimal) and cell.value == cell.value.to_integral_value() and cell.value.adjusted() >= 15:
        return CellProblem(codes.LOST_DIGITS, f"{plain_number(cell.value)} has more than 15 digits")
    if isinstance(cell.value, str) and _invisible(cell.value):
        plain = plain_spelling(cell.value)
        return CellProblem(
            codes.INVISIBLE, "the text holds invisible characters", hint=f"type {plain} again", suggestion=plain
        )
    if type.is_list or isinstance(test, AnyValue):
        return None
    settled = coverage(test, allowed, nullable)
    if settled == "never":
        return CellProblem(codes.ALWAYS_FALSE, f"no allowed value passes {cell.shown!r}")
    if settled == "always" and not (isinstance(test, Compare) and test.operator == "="):
        return CellProblem(codes.ALWAYS_TRUE, f"every allowed value passes {cell.shown!r}", suggestion="-")
    return None


def _invisible(text: str) -> bool:
    return any(character in text for character in "\u00a0\u200b\ufeff\u00ad\u202f\u2007")
