"""The workbooks of a site as they decide now, and every content that was accepted before.

A workbook on disk is live as soon as it is free of errors. A faulty edit leaves its last good version live and says
so; a site whose workbooks were never good is refused with everything that is wrong.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from forewarn.decision_tables import Library, Table, Vocabulary, read_library
from forewarn.decision_tables.allowed_values import listed_values, nearest
from forewarn.decision_tables.meaning import holds
from forewarn.decision_tables.syntax import Compare, Literal, OneOf, Test
from forewarn.decision_tables.values import Kind, Type
from forewarn.engine import versions
from forewarn.engine.cell_functions import known_to_cells
from forewarn.engine.clock import Clock
from forewarn.engine.store import Store
from forewarn.engine.table_names import NEEDED_OUTPUTS, REQUIRED
from forewarn.engine.vocabulary import EVENT_ATTRIBUTES, INCIDENT_ATTRIBUTES, attributes
from forewarn.errors import BadRecord, BadTable, Finding, NotFound, Place, Severity, UnknownTable
from forewarn.plugins.api import CellFunction
from forewarn.rules.kinds import STOCK_KINDS, Kinds
from forewarn.rules.model import ActionKind, RuleSet
from forewarn.rules.sheet import RuleVocabulary, read_event_rules

FOLDERS = ("decision_tables", "rules")
SUFFIXES = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".csv"})

CellFunctions = Mapping[str, CellFunction]
"""Functions for the expressions in cells, by name."""

Contents = Mapping[str, bytes | Path]
"""Workbooks by name (``decision_tables/states.xlsx``): their bytes, or the file where it could not be read."""


@dataclass(frozen=True)
class Read:
    """Workbooks after reading: the tables, the event rules, and everything that was found."""

    library: Library
    rule_set: RuleSet
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What refuses these workbooks."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)


@dataclass(frozen=True)
class Rulebook:
    """What decides: the tables and event rules that are live. ``warnings`` tell which workbook's edit is not."""

    library: Library
    rule_set: RuleSet
    store: Store
    warnings: tuple[str, ...] = ()
    functions: CellFunctions = field(default_factory=dict, repr=False)
    _former: dict[int, Library] = field(default_factory=dict, repr=False)

    def canonical(self, binding: str, value: str) -> str:
        """A text as the tables know it: trimmed, and its spelling mapped by the aliases of the attribute."""
        known: str = self.library.canonical(binding, value)
        return known

    def allowed(self, binding: str, value: str | None) -> str | None:
        """A value that somebody writes to an attribute, as the tables know it.

        Raises `BadRecord`, with the nearest allowed value, where the Glossary does not allow it.
        """
        if value is None:
            return None
        known = self.canonical(binding, value)
        tests = [
            entry.allowed
            for entry in self.library.definitions.glossary
            if entry.binding is not None and entry.binding.name == binding and entry.allowed is not None
        ]
        if not tests or any(holds(test, known) for test in tests):
            return known
        texts = sorted({str(one) for test in tests for one in listed_values(test)})
        near = nearest(known, texts)
        raise BadRecord(
            f"{value!r} is not an allowed value of {binding}",
            hint=f"did you mean {near!r}?" if near else f"allowed: {', '.join(texts)}",
        )

    def listed(self, binding: str) -> tuple[str, ...]:
        """The values that the Glossary lists for an attribute, in their order."""
        found: dict[str, None] = {}
        for entry in self.library.definitions.glossary:
            if entry.binding is not None and entry.binding.name == binding and entry.allowed is not None:
                found |= dict.fromkeys(str(one) for one in listed_values(entry.allowed))
        return tuple(found)

    def table_version(self, name: str, version: str) -> Table:
        """The table as it stood in the version that decided; raises `NotFound` where nothing kept it."""
        for table in self.library.tables:
            if table.name == name and table.version == version:
                return table
        with self.store.read() as txn:
            rulebook = versions.holding(txn, name, version)
            contents = versions.contents(txn, rulebook) if rulebook is not None else {}
        if rulebook is None:
            raise NotFound(f"version {version[:12]} of the table {name!r} was not kept")
        if rulebook not in self._former:
            self._former[rulebook] = read(contents, functions=self.functions).library
        table = self._former[rulebook].table(name)
        if table.version != version:
            raise NotFound(f"version {version[:12]} of the table {name!r} cannot be read as it was")
        return table


def load_rulebook(root: Path, store: Store, *, clock: Clock, functions: CellFunctions | None = None) -> Rulebook:
    """Read the workbooks of the site in ``root``, accept what is good, and keep it in the store.

    ``functions`` are those that plugins offer to the expressions in cells.

    Raises `BadTable` with every finding where neither they nor any kept version can decide.
    """
    now = clock.now()
    on_disk = workbooks_on_disk(root)
    functions = functions or {}
    current = read(on_disk, functions=functions)
    if not current.errors:
        versions.accept(store, _bytes(on_disk), current.library, now)
        return Rulebook(current.library, current.rule_set, store, functions=functions)
    with store.read() as txn:
        last_good = versions.last_good(txn)
    for mixed in (_mix(on_disk, last_good, current), last_good):
        if not mixed:
            continue
        attempt = read(mixed, functions=functions)
        if not attempt.errors:
            versions.accept(store, _bytes(mixed), attempt.library, now)
            said = _say(on_disk, mixed, current)
            return Rulebook(attempt.library, attempt.rule_set, store, warnings=said, functions=functions)
    raise BadTable(
        f"the workbooks of {root} cannot be used, and no earlier version of them was accepted", current.findings
    )


def workbooks_on_disk(root: Path) -> Contents:
    """The workbooks of a site by name; a file that cannot be read now stands as its path, and reading says why."""
    found: dict[str, bytes | Path] = {}
    for folder in FOLDERS:
        paths = sorted((root / folder).iterdir()) if (root / folder).is_dir() else []
        for path in paths:
            # Excel's lock files and hidden files are no workbooks of the owner.
            if path.suffix.lower() not in SUFFIXES or path.name.startswith(("~$", ".")):
                continue
            name = f"{folder}/{path.name}"
            try:
                found[name] = path.read_bytes()
            except OSError:
                found[name] = path
    return found


def read(contents: Contents, *, vocabulary: Vocabulary | None = None, functions: CellFunctions | None = None) -> Read:
    """Read workbooks with the vocabulary of a site, or with a wider one that also names flows and the like.

    ``functions`` are those that plugins offer to the expressions in cells.
    """
    vocabulary = vocabulary or Vocabulary(attributes=attributes())
    with known_to_cells(functions or {}):
        library = read_library(contents, vocabulary=vocabulary)
    rules = read_event_rules(library.event_sheets, vocabulary=rule_vocabulary(library, vocabulary), name="event rules")
    findings = (*library.findings, *rules.findings, *_missing(library), *_deaf(rules.rule_set, rules.findings))
    return Read(library, rules.rule_set, _once(findings))


def _once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each finding once: a fault of the vocabulary is found again by every table that it concerns."""
    return tuple({(one.code, one.place, one.rule, one.message): one for one in findings}.values())


def rule_vocabulary(library: Library, vocabulary: Vocabulary) -> RuleVocabulary:
    """What event rules may speak of: the attributes and properties that tables speak of too."""
    # The phases are the engine's own: no Glossary row lists them for incidents.
    phases = OneOf(tuple(Compare("=", Literal(phase)) for phase in ("open", "resolved", "closed")))
    allowed: dict[str, Test] = {"incident.phase": phases} | {
        entry.binding.name: entry.allowed
        for entry in library.definitions.glossary
        if entry.binding is not None and entry.allowed is not None and entry.table is None
    }
    return RuleVocabulary(
        attributes=vocabulary.attributes and correlated(vocabulary.attributes),
        kinds=KINDS,
        allowed=allowed,
        names={
            **{name: known.names for name, known in vocabulary.names.items()},
            "table.name": frozenset(table.name for table in library.tables),
        },
        properties={name: (entry.type, entry.value) for name, entry in library.definitions.properties.items()},
        zone=library.definitions.zone,
    )


KINDS = Kinds(STOCK_KINDS.events, records=frozenset({"incident"}))
"""The events and records that event rules are shown."""


def correlated(known: Mapping[str, Type]) -> Mapping[str, Type]:
    """The attributes that event rules may speak of: of alerts and incidents those that they are shown."""
    shown = {
        **{f"alert.{name}": known.get(f"alert.{name}", Type(Kind.STRING)) for name in EVENT_ATTRIBUTES},
        **{f"incident.{name}": known.get(f"incident.{name}", Type(Kind.STRING)) for name in INCIDENT_ATTRIBUTES},
        "incident.open_for": Type(Kind.DAYS_AND_TIME_DURATION),
        "incident.resolved_for": Type(Kind.DAYS_AND_TIME_DURATION),
        "notification.text": Type(Kind.STRING),
    }
    other = {name: type_ for name, type_ in known.items() if not name.startswith(("alert.", "incident."))}
    return {**other, **shown}


def _missing(library: Library) -> tuple[Finding, ...]:
    """Tables, and outputs of tables, that the engine needs and nobody gives."""
    findings = []
    refused = {finding.place.sheet for finding in library.findings if finding.severity is Severity.ERROR}
    for name in NEEDED_OUTPUTS:
        try:
            table = library.table(name)
        except BadTable:
            # It is there, and what is wrong with it is told.
            continue
        except UnknownTable:
            if name in REQUIRED and name not in refused:
                findings.append(
                    Finding(
                        "FW401",
                        Severity.ERROR,
                        f"there is no table {name!r}",
                        hint="put back the sheet of that name; forewarn init makes a site that has it",
                    )
                )
            continue
        bound = {column.binding.name for column in table.outputs if column.binding is not None}
        findings += [
            Finding(
                "FW402",
                Severity.ERROR,
                f"the table {name!r} has no Then column for {needed}",
                place=table.model.place,
                hint="add the column, and bind its heading in the Glossary",
            )
            for needed in NEEDED_OUTPUTS[name]
            if needed not in bound
        ]
    return tuple(findings)


def _deaf(rule_set: RuleSet, found: Collection[Finding]) -> tuple[Finding, ...]:
    """Event rules of which none opens an incident: every alert would be kept, and nobody would hear of it."""
    if any(rule.action.kind is ActionKind.OPEN_INCIDENT for rule in rule_set.rules):
        return ()
    if any(finding.severity is Severity.ERROR for finding in found):
        return ()
    return (
        Finding(
            "FW401",
            Severity.ERROR,
            "there is no event rule that opens an incident",
            hint="put back rules/alerts.xlsx; forewarn init makes a site that has it",
        ),
    )


def _mix(on_disk: Contents, last_good: Mapping[str, bytes], current: Read) -> Contents:
    """The workbooks on disk, with the last good version in place of each that is faulty or that is missed."""
    if not last_good:
        return {}
    faulty = {finding.place.workbook for finding in current.errors}
    mixed = {name: content for name, content in on_disk.items() if name not in faulty and isinstance(content, bytes)}
    missed = None in faulty
    mixed |= {
        name: content for name, content in last_good.items() if name in faulty or (missed and name not in on_disk)
    }
    # Event rules are tried workbook by workbook, in the order of their names.
    return dict(sorted(mixed.items()))


def _bytes(contents: Contents) -> dict[str, bytes]:
    return {name: content for name, content in contents.items() if isinstance(content, bytes)}


def _say(on_disk: Contents, live: Mapping[str, Any], current: Read) -> tuple[str, ...]:
    """A line for each workbook whose content on disk is not live."""
    lines = []
    for name in sorted(on_disk.keys() | live.keys()):
        if name not in on_disk:
            lines.append(f"{name} is missing: its last good version stays live")
        elif on_disk[name] != live.get(name):
            own = [finding for finding in current.errors if finding.place.workbook == name]
            # A workbook without a fault of its own is held back by one that cannot go live with it, nor without it.
            why = own or current.errors
            stays = "its last good version stays live" if name in live else "it is left out"
            more = f" (and {len(why) - 1} more, see forewarn check)" if len(why) > 1 else ""
            lines.append(f"{name} {'is faulty' if own else 'cannot go live'}, {stays}: {why[0]}{more}")
    return tuple(lines)


def place_of_table(table: Table, heading: str, row: int | None) -> Place:
    """The cell of a table under a heading in a row."""
    letter = dict(table.model.columns).get(heading)
    place = table.model.place
    return Place(place.workbook, place.sheet, f"{letter}{row}" if letter and row else None)
