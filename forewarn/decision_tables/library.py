"""Workbooks and libraries of workbooks: the tables in them, what was found, and decisions over several tables."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from forewarn.decision_tables import codes
from forewarn.decision_tables.aliases import PROPERTY, Alias
from forewarn.decision_tables.allowed_values import nearest
from forewarn.decision_tables.assembling import AssembledTable, Assembly, assemble
from forewarn.decision_tables.decision import Decision
from forewarn.decision_tables.definitions import Definitions
from forewarn.decision_tables.grid import Grid
from forewarn.decision_tables.reading.limits import TABLES, Limits
from forewarn.decision_tables.reading.process import ReadingProcess, read_content
from forewarn.decision_tables.reading.sheets import Sheet, WorkbookContent
from forewarn.decision_tables.table import Table
from forewarn.decision_tables.values import Value, clean_text
from forewarn.decision_tables.vocabulary import Vocabulary
from forewarn.errors import BadTable, Finding, Place, Severity, UnknownTable, UnreadableWorkbook


class TableSet:
    """Tables by name, with the definitions that they share. Immutable.

    ``findings`` has everything that was found; a table with an error among its findings is refused: it is not
    in ``tables``, and asking for it raises its `BadTable`. ``event_sheets`` are the event rule sheets as laid out,
    ``reserved_sheets`` the raw sheets with a reserved name, for who knows their columns.
    """

    def __init__(self, name: str, assembly: Assembly, findings: Sequence[Finding] = ()) -> None:
        self.name = name
        self.definitions: Definitions = assembly.definitions
        self.event_sheets: tuple[Grid, ...] = assembly.event_sheets
        self.reserved_sheets: tuple[Sheet, ...] = assembly.reserved_sheets
        self._assembled = assembly.tables
        self._tables = {
            table.name: Table(table.model) for table in assembly.tables if table.model is not None and not table.refused
        }
        self.findings: tuple[Finding, ...] = (
            *findings,
            *assembly.findings,
            *(finding for table in assembly.tables for finding in table.findings),
        )

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tables that can decide, in the order of the sheets."""
        return tuple(self._tables.values())

    @property
    def refused(self) -> tuple[str, ...]:
        """The names of the tables that cannot decide, in the order of the sheets."""
        return tuple(table.name for table in self._assembled if table.name not in self._tables)

    def table(self, name: str) -> Table:
        """The table of that name. Raises `BadTable` for one that is refused, `UnknownTable` for none."""
        table = self._tables.get(name)
        if table is not None:
            return table
        refused = [one for one in self._assembled if one.name == name]
        if refused:
            raise _bad_table(refused)
        known = [one.name for one in self._assembled]
        near = nearest(name, known)
        raise UnknownTable(
            f"there is no table {name!r}",
            place=Place(workbook=self.name) if self.name else None,
            hint=f"did you mean {near!r}?" if near else f"tables: {', '.join(known)}" if known else None,
        )

    @cached_property
    def properties(self) -> Mapping[str, Value]:
        """The properties by name, those known by another name under both."""
        return {name: entry.value for name, entry in self.definitions.properties.items()}

    @property
    def aliases(self) -> tuple[Alias, ...]:
        """The known spellings, with what each is about."""
        return self.definitions.aliases

    def canonical(self, binding_name: str, value: Any) -> Any:
        """A value as tables know it: text is trimmed, brought to NFC, and mapped by the aliases of ``binding_name``.

        Anything but text comes back as it is.
        """
        if not isinstance(value, str):
            return value
        text = clean_text(value)
        return self._spellings.get((binding_name, text), text)

    @cached_property
    def _spellings(self) -> Mapping[tuple[str, str], str]:
        targets: dict[str, set[str]] = {}
        for entry in self.definitions.glossary:
            if entry.binding is not None and entry.type_name is not None:
                targets.setdefault(entry.type_name, set()).add(entry.binding.name)
        return {
            (target, alias.spelling): clean_text(alias.value.shown)
            for alias in self.definitions.aliases
            if alias.target != PROPERTY
            for target in targets.get(alias.target, {alias.target})
        }

    def decide(self, goal: str, inputs: Mapping[str, Any], *, at: datetime | None = None) -> Decision:
        """Decide table ``goal``; what it reads from other tables is decided first, from the same inputs.

        ``inputs`` are given by heading or by bound name; a value given for ``Table › Output`` is used as it is.
        Raises what `Table.decide` raises, `UnknownTable` and `BadTable`.
        """
        decided: dict[str, Decision] = {}
        return self._decide(goal, inputs, at, decided)

    def _decide(
        self, goal: str, inputs: Mapping[str, Any], at: datetime | None, decided: dict[str, Decision]
    ) -> Decision:
        table = self.table(goal)
        known: dict[str, Any] = dict(inputs)
        for column in table.inputs:
            binding = column.binding
            if binding is None or binding.table is None or column.heading in known or binding.name in known:
                continue
            if binding.table not in decided:
                decided[binding.table] = self._decide(binding.table, inputs, at, decided)
            known[column.heading] = _output_of(decided[binding.table], binding.output or "")
        return table.decide(known, at=at)


class Workbook(TableSet):
    """One workbook that was read by itself. ``digest`` is the SHA-256 of the file."""

    def __init__(self, name: str, assembly: Assembly, digest: str) -> None:
        super().__init__(name, assembly)
        self.digest = digest

    def __repr__(self) -> str:
        return f"Workbook({self.name!r}, {len(self.tables)} tables)"


class Library(TableSet):
    """Many workbooks together: the reserved sheets of any apply to all.

    ``books`` has the SHA-256 of each workbook that could be read, by name.
    """

    def __init__(self, assembly: Assembly, findings: Sequence[Finding], books: Mapping[str, str]) -> None:
        super().__init__("", assembly, findings)
        self.books = dict(books)

    def tables_of(self, book: str) -> tuple[Table, ...]:
        """The tables of one workbook that can decide."""
        return tuple(table for table in self.tables if table.model.place.workbook == book)

    def __repr__(self) -> str:
        return f"Library({len(self.books)} workbooks, {len(self.tables)} tables)"


def _output_of(decision: Decision, heading: str) -> Any:
    outputs = decision.outputs
    if isinstance(outputs, list):
        return [row[heading] for row in outputs]
    return outputs[heading]


def _bad_table(tables: Sequence[AssembledTable]) -> BadTable:
    findings = [finding for table in tables for finding in table.findings]
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    return BadTable(
        f"table {tables[0].name!r} is refused: {errors} error{'s' if errors != 1 else ''}",
        findings,
        place=tables[0].place,
    )


def read_workbook(
    path: str | Path | bytes,
    *,
    errors: Literal["raise", "report"] = "raise",
    name: str | None = None,
    vocabulary: Vocabulary | None = None,
    limits: Limits = TABLES,
) -> Workbook:
    """Read one workbook: a file, or its bytes with a ``name`` (the suffix tells delimited text).

    With ``errors="raise"`` any error among the findings raises `BadTable` with all findings of all tables; with
    ``"report"`` refused tables are left out and ``findings`` says why. Raises `UnreadableWorkbook` where the
    file cannot be read at all. With a ``vocabulary``, headings must be bound and names must exist.
    """
    if errors not in ("raise", "report"):
        raise ValueError(f'errors is "raise" or "report", not {errors!r}')
    if isinstance(path, bytes):
        content, name = path, name or "workbook.xlsx"
    else:
        content, name = read_content(Path(path), limits), name or Path(path).name
    with ReadingProcess(limits) as process:
        sheets = process.read(name, content)
    book = Workbook(name, assemble([sheets], vocabulary), hashlib.sha256(content).hexdigest())
    wrong = sum(finding.severity is Severity.ERROR for finding in book.findings)
    if errors == "raise" and wrong:
        raise BadTable(
            f"the workbook is refused: {wrong} error{'s' if wrong != 1 else ''}",
            book.findings,
            place=Place(workbook=name),
        )
    return book


def read_library(
    paths: Sequence[str | Path] | Mapping[str, str | Path | bytes],
    *,
    vocabulary: Vocabulary | None = None,
    limits: Limits = TABLES,
) -> Library:
    """Read many workbooks as one library; never raises for a bad one, whose finding then says why it is left out.

    ``paths`` are files, or files and contents by the name that messages show.
    """
    sources = paths if isinstance(paths, Mapping) else _named(paths)
    contents: list[WorkbookContent] = []
    findings: list[Finding] = []
    books: dict[str, str] = {}
    with ReadingProcess(limits) as process:
        for name, source in sources.items():
            try:
                content = source if isinstance(source, bytes) else read_content(Path(source), limits)
                contents.append(process.read(name, content))
            except UnreadableWorkbook as error:
                findings.append(codes.UNREADABLE.finding(error.message, Place(workbook=name), hint=error.hint))
                continue
            books[name] = hashlib.sha256(content).hexdigest()
    return Library(assemble(contents, vocabulary), findings, books)


def _named(paths: Sequence[str | Path]) -> dict[str, Path]:
    """The files by their names; where two share one, by their whole paths."""
    files = [Path(path) for path in paths]
    names = [file.name for file in files]
    return {(file.name if names.count(file.name) == 1 else str(file)): file for file in files}
