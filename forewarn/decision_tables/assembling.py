"""From the sheets of one or many workbooks to tables: definitions first, then columns, then rules."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from forewarn.decision_tables import codes
from forewarn.decision_tables.allowed_values import nearest
from forewarn.decision_tables.columns import Column, ColumnReader
from forewarn.decision_tables.definitions import Definitions, read_definitions
from forewarn.decision_tables.grid import Grid
from forewarn.decision_tables.layout import (
    IF,
    THEN,
    THEN_EXPRESSION,
    hit_policy_of,
    is_event_sheet,
    lay_out,
    reserved_name,
)
from forewarn.decision_tables.model import TableModel
from forewarn.decision_tables.reading.sheets import Sheet, WorkbookContent
from forewarn.decision_tables.table_building import TableBuilder
from forewarn.decision_tables.values import Type
from forewarn.decision_tables.vocabulary import Vocabulary
from forewarn.errors import Finding, Place, Severity


@dataclass(slots=True)
class AssembledTable:
    """One table sheet: its name, what was found in it, and the model unless a finding is an error."""

    name: str
    place: Place
    findings: list[Finding] = field(default_factory=list)
    model: TableModel | None = None

    @property
    def refused(self) -> bool:
        """Whether any finding is an error."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Assembly:
    """All that came out of the sheets. ``findings`` are those of workbooks, definitions and event sheets."""

    tables: tuple[AssembledTable, ...]
    event_sheets: tuple[Grid, ...]
    definitions: Definitions
    reserved_sheets: tuple[Sheet, ...]
    findings: tuple[Finding, ...]


def assemble(contents: Sequence[WorkbookContent], vocabulary: Vocabulary | None) -> Assembly:
    """Read every sheet of ``contents``; reserved sheets of any workbook apply to all."""
    with _collector_paused():
        return _assemble(contents, vocabulary)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Pause the cycle collector: a large table makes millions of objects, none in a cycle, and being looked at
    again and again takes half of the time.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _assemble(contents: Sequence[WorkbookContent], vocabulary: Vocabulary | None) -> Assembly:
    sheets = [sheet for content in contents for sheet in content.sheets]
    reserved = [sheet for sheet in sheets if reserved_name(sheet.name) is not None]
    definitions = read_definitions(reserved, vocabulary)
    findings = [finding for content in contents for finding in _workbook_findings(content)]
    findings += definitions.findings
    tables: list[AssembledTable] = []
    grids: list[tuple[AssembledTable, Grid]] = []
    events: list[Grid] = []
    for sheet in sheets:
        if sheet.name.startswith("_"):
            place = Place(sheet.workbook, sheet.name)
            findings.append(codes.SCRATCH.finding("the sheet is scratch: its name starts with _", place))
            continue
        layout = None if reserved_name(sheet.name) is not None else lay_out(sheet)
        if layout is None:
            continue
        if layout.grid is not None and is_event_sheet(layout.grid.kind):
            events.append(layout.grid)
            findings += layout.findings
            continue
        name = layout.grid.name if layout.grid is not None else layout.name
        table = AssembledTable(name, Place(sheet.workbook, sheet.name), list(layout.findings))
        tables.append(table)
        if layout.grid is not None:
            grids.append((table, layout.grid))
    _build(tables, grids, definitions, vocabulary)
    return Assembly(tuple(tables), tuple(events), definitions, tuple(reserved), tuple(findings))


def _workbook_findings(content: WorkbookContent) -> Iterable[Finding]:
    place = Place(workbook=content.name)
    if content.macros:
        yield codes.MACROS.finding("the workbook carries macros, which are never run", place)
    if content.external_links:
        yield codes.EXTERNAL_LINK.finding("the workbook links to other workbooks", place)


def _build(
    tables: Sequence[AssembledTable],
    grids: Sequence[tuple[AssembledTable, Grid]],
    definitions: Definitions,
    vocabulary: Vocabulary | None,
) -> None:
    _refuse_same_names(tables)
    elsewhere = {grid.name: _output_types(grid, definitions, vocabulary) for _, grid in grids}
    reads: dict[str, dict[str, Place]] = {}
    for table, grid in grids:
        reader = ColumnReader(grid, definitions, vocabulary)
        columns = reader.read(elsewhere)
        builder = TableBuilder(grid, columns, definitions, vocabulary)
        model = builder.build()
        table.findings += [*reader.findings, *builder.findings, *_unknown_tables(columns, elsewhere)]
        reads.setdefault(grid.name, {}).update(_reads(columns))
        if not table.refused:
            table.model = model
    _refuse_cycles({table.name: table for table, _ in grids}, reads)


def _refuse_same_names(tables: Sequence[AssembledTable]) -> None:
    first: dict[str, AssembledTable] = {}
    for table in tables:
        other = first.setdefault(table.name, table)
        if other is not table:
            for one, two in ((table, other), (other, table)):
                place = Place(one.place.workbook, one.place.sheet, "A1")
                one.findings.append(
                    codes.DUPLICATE_TABLE.finding(
                        f"table {one.name!r} stands in {two.place} too", place, related=(two.place,)
                    )
                )


def _output_types(grid: Grid, definitions: Definitions, vocabulary: Vocabulary | None) -> dict[str, Type]:
    """What other tables get from each output: a list under R, O and C."""
    policy = hit_policy_of(grid.kind)
    outputs = Grid(
        grid.workbook,
        grid.sheet,
        grid.name,
        grid.kind,
        tuple(column for column in grid.columns if column.role in (THEN, THEN_EXPRESSION)),
        (),
    )
    columns = ColumnReader(outputs, definitions, vocabulary).read({})
    many = policy is not None and policy.many
    return {column.grid.heading: Type(column.type.kind, many or column.type.is_list) for column in columns}


def _reads(columns: Sequence[Column]) -> dict[str, Place]:
    """The other tables that the columns read, with the heading that does."""
    return {
        column.meaning.binding.table: column.grid.place
        for column in columns
        if column.grid.role == IF and column.meaning.binding is not None and column.meaning.binding.table is not None
    }


def _unknown_tables(columns: Sequence[Column], known: Mapping[str, Mapping[str, Type]]) -> Iterable[Finding]:
    for column in columns:
        binding = column.meaning.binding
        if column.grid.role != IF or binding is None or binding.table is None:
            continue
        if binding.table not in known:
            what, near = f"there is no table {binding.table!r}", nearest(binding.table, list(known))
        elif binding.output not in known[binding.table]:
            what = f"table {binding.table!r} has no output {binding.output!r}"
            near = nearest(binding.output or "", list(known[binding.table]))
        else:
            continue
        yield codes.UNKNOWN_TABLE.finding(
            what,
            column.grid.place,
            text=column.grid.heading,
            hint=f"did you mean {near}?" if near else None,
            suggestion=near,
        )


def _refuse_cycles(tables: Mapping[str, AssembledTable], reads: Mapping[str, Mapping[str, Place]]) -> None:
    for name, table in tables.items():
        circle = _circle(name, reads)
        if circle is None:
            continue
        places = [tables[one].place for one in circle]
        sheets = " → ".join(f"{place.sheet}" for place in [*places, places[0]])
        table.findings.append(
            codes.CYCLE.finding(
                f"tables read each other in a circle: {sheets}",
                reads[name][circle[1 % len(circle)]],
                related=tuple(places),
            )
        )
        table.model = None


def _circle(start: str, reads: Mapping[str, Mapping[str, Place]]) -> list[str] | None:
    """A way from a table back to itself, if there is one; the shortest."""
    ways = [[start]]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        for other in reads.get(way[-1], {}):
            if other == start:
                return way
            if other not in seen:
                seen.add(other)
                ways.append([*way, other])
    return None
