"""The output columns of a ``decisionTable`` element, and the cells in them."""

from __future__ import annotations

from collections.abc import Collection
from xml.etree.ElementTree import Element

from forewarn.decision_tables.dmn.surroundings import Surroundings, free_heading, hit_policy_of, one_line
from forewarn.decision_tables.dmn.xml import child, children, name_of, text_of, type_name
from forewarn.decision_tables.feel import FeelSyntaxError, parse_output
from forewarn.decision_tables.feel.builtins.conversion import literal
from forewarn.decision_tables.feel.nodes import Constant
from forewarn.decision_tables.feel.runtime import kind_of
from forewarn.decision_tables.feel.types import ANY, ContextOf, FeelType, ListOf, cell_type
from forewarn.decision_tables.meaning import holds
from forewarn.decision_tables.model import HitPolicy, OutputCell, OutputColumn
from forewarn.decision_tables.syntax import Compare, Expression, Literal, OneOf, Test
from forewarn.decision_tables.values import Kind, Type, Value


class OutputReader:
    """Reads the outputs of one table.

    ``results`` are the texts of each rule's outputs, ``names`` what they may name, ``taken`` the headings that
    other columns of the table have. ``renamed`` tells which output a heading stands for, where that differs.
    """

    def __init__(
        self,
        table: Element,
        result_type: FeelType,
        around: Surroundings,
        results: list[list[str]],
        *,
        names: Collection[str],
        taken: Collection[str],
    ) -> None:
        self.table = table
        self.result_type = result_type
        self.around = around
        self.results = results
        self.names = names
        self.policy = hit_policy_of(table)
        self._parsed: dict[str, OutputCell] = {}
        self._clauses = list(children(table, "output"))
        self.renamed: dict[str, str] = {}
        self._taken = set(taken)
        self.columns = [self._column(clause, place) for place, clause in enumerate(self._clauses)]

    def _column(self, clause: Element, place: int) -> OutputColumn:
        name = name_of(clause) or one_line(self.table.get("outputLabel", "")) or self.around.title
        heading = free_heading(name, self._taken)
        if heading != name:
            self.renamed[heading] = name
        default_text = text_of(child(clause, "defaultOutputEntry"))
        default = self._cell(default_text) if default_text else None
        cells = [self._cell(row[place]) for row in self.results if place < len(row)]
        type_ = self._type(clause, cells)
        allowed = self.around.allowed(text_of(child(clause, "outputValues")), type_)
        ranked = _listed(allowed) if self.policy in {HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER} else None
        written = [cell.value for cell in (*cells, default) if isinstance(cell, Literal) and cell.value is not None]
        unlisted = [] if allowed is None else [value for value in written if not holds(allowed, value)]
        if ranked is not None:
            # What the list leaves out ranks behind it.
            ranked = tuple(dict.fromkeys((*ranked, *unlisted)))
        return OutputColumn(heading, type_, allowed=None if unlisted else allowed, ranked=ranked, default=default)

    def _type(self, clause: Element, cells: list[OutputCell]) -> Type:
        """The declared type where the cells are of it, else the one that they all have."""
        named = type_name(clause.get("typeRef"))
        result = self.result_type.item if isinstance(self.result_type, ListOf) else self.result_type
        if named:
            wanted = self.around.types.named(named)
        elif isinstance(result, ContextOf):
            wanted = dict(result.members).get(name_of(clause), ANY)
        elif len(self._clauses) == 1:
            wanted = result if self.policy.many else self.result_type
        else:
            wanted = ANY
        type_ = cell_type(wanted)
        declared = type_.kind is not Kind.ANY and all(_fits(cell, type_) for cell in cells)
        return type_ if declared else _common_type(cells)

    def cells(self, row: list[str]) -> tuple[OutputCell, ...]:
        """The cells of a rule; what the rule leaves out is null."""
        cells = [self._cell(text) for text in row[: len(self.columns)]]
        cells += [Literal(None)] * (len(self.columns) - len(cells))
        return tuple(_as_written(cell, column) for cell, column in zip(cells, self.columns, strict=True))

    def _cell(self, text: str) -> OutputCell:
        if text not in self._parsed:
            self._parsed[text] = self._parse(text)
        return self._parsed[text]

    def _parse(self, text: str) -> OutputCell:
        if text in {"", "-"}:
            return Literal(None)
        try:
            return parse_output(text, self.names, types=self.around.types)
        except FeelSyntaxError as error:
            self.around.problem(text, error.message)
            return Literal(None)


def _as_written(cell: OutputCell, column: OutputColumn) -> OutputCell:
    """A list as expression, where the cells of the column have no other words for it."""
    if isinstance(cell, Expression) or not isinstance(cell.value, tuple):
        return cell
    plain = column.type.is_list and _is_plain_list(cell.value)
    return cell if plain else Expression(literal(cell.value), Constant(cell.value))


def _listed(allowed: Test | None) -> tuple[Value, ...] | None:
    """The values that allowed values list, in order."""
    tests = allowed.tests if isinstance(allowed, OneOf) else (allowed,)
    values: list[Value] = []
    for test in tests:
        if not (isinstance(test, Compare) and test.operator == "=" and isinstance(test.operand, Literal)):
            return None
        values.append(test.operand.value)
    return tuple(values)


def _fits(cell: OutputCell, type_: Type) -> bool:
    """Whether a cell is computed, null, or of that type."""
    if isinstance(cell, Expression) or cell.value is None:
        return True
    items = cell.value if type_.is_list and isinstance(cell.value, tuple) else (cell.value,)
    return all(item is None or kind_of(item) == type_.kind.value for item in items)


def _is_plain_list(items: tuple[Value, ...]) -> bool:
    """Whether the cell of a list column can hold this: something, all of one kind."""
    return len({kind_of(item) for item in items}) == 1 and kind_of(items[0]) not in {"null", "list"}


def _common_type(cells: list[OutputCell]) -> Type:
    """The one type of all literal cells; ``Any`` where they differ or are computed."""
    kinds: set[tuple[str, bool]] = set()
    for cell in cells:
        if isinstance(cell, Expression):
            return Type(Kind.ANY)
        if isinstance(cell.value, tuple):
            kinds |= {(kind_of(item), True) for item in cell.value}
        elif cell.value is not None:
            kinds.add((kind_of(cell.value), False))
    if len(kinds) != 1:
        return Type(Kind.ANY)
    kind, is_list = kinds.pop()
    return Type(Kind(kind), is_list) if kind in set(Kind) else Type(Kind.ANY)
