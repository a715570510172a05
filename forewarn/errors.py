"""Everything that can go wrong, as values and as one exception tree.

A *finding* is a fault in something that a process owner or an admin wrote, with the place where it
stands; it is a value, collected and printed. An *error* stops an action; known ones are one line with
what, where and how to mend, unknown ones keep their traceback.

The tree::

    ForewarnError                 anything we know how to explain (exit code 2)
    ├── UnreadableWorkbook        the file cannot be read as a workbook at all
    ├── BadTable                  a table is refused; carries all of its findings
    ├── UnknownTable              no table of that name
    ├── DecisionError             a table could not decide
    │   ├── BadInput              an input is missing, of the wrong type, or not allowed
    │   ├── NoUniqueRule          two or more rules match under Unique
    │   └── ConflictingRules      rules match with different outputs under Any
    ├── StoreUnusable             the database is locked, full, damaged, none of ours, or of a newer version
    ├── BadSettings               forewarn.toml or an environment variable is wrong
    ├── BadPlugin                 a plugin failed (only where it was asked to be fatal)
    ├── BadMessage                a message file cannot be rendered
    ├── BadRecord                 a row of a file to load, or a record, is wrong
    ├── NotFound                  no record, message, sink or flow of that name
    ├── Refused                   an action is refused: wrong state, no rule, missing note (exit code 1)
    ├── Conflict                  a record changed meanwhile (exit code 1)
    └── RulesUnavailable          durable-rules cannot be imported or its worker does not answer
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How bad a finding is: an error refuses the table, a warning and a note do not."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: a workbook (or other file), a sheet and a cell or range, as far as known."""

    workbook: str | None = None
    sheet: str | None = None
    cell: str | None = None

    def __str__(self) -> str:
        """``policy.xlsx › Sheet!C7``, shortened to what is known."""
        inner = "!".join(part for part in (self.sheet, self.cell) if part)
        return " › ".join(part for part in (self.workbook, inner) if part)


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault in a workbook, rule sheet, message file or plugin.

    ``code`` is stable (``FW101``); ``text`` is the cell as its owner sees it; ``hint`` says what to type
    instead; ``suggestion`` is the nearest good value; ``witness`` is an input that shows the fault;
    ``related`` are other places that take part in it.
    """

    code: str
    severity: Severity
    message: str
    place: Place = Place()
    rule: str | None = None
    text: str | None = None
    hint: str | None = None
    suggestion: str | None = None
    witness: Mapping[str, Any] | None = None
    related: Sequence[Place] = ()

    def to_dict(self) -> dict[str, Any]:
        """The JSON form that ``forewarn check --format json`` prints."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "workbook": self.place.workbook,
            "sheet": self.place.sheet,
            "cell": self.place.cell,
            "rule": self.rule,
            "text": self.text,
            "message": self.message,
            "hint": self.hint,
            "suggestion": self.suggestion,
            "witness": None if self.witness is None else dict(self.witness),
            "related": [str(place) for place in self.related],
        }

    def __str__(self) -> str:
        """One line: place, code, message, hint."""
        where = str(self.place)
        line = f"{where}: " if where else ""
        line += f"{self.code} {self.message}"
        return f"{line} ({self.hint})" if self.hint else line


class ForewarnError(Exception):
    """Something that we know how to explain: what, where, and how to mend it."""

    exit_code = 2

    def __init__(self, message: str, *, place: Place | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.place = place or Place()
        self.hint = hint

    def __str__(self) -> str:
        """One line: place, message, hint."""
        where = str(self.place)
        line = f"{where}: {self.message}" if where else self.message
        return f"{line} ({self.hint})" if self.hint else line


class UnreadableWorkbook(ForewarnError):
    """The file is missing, locked, encrypted, damaged, too large, or not a workbook."""


class BadTable(ForewarnError):
    """A table, or a whole workbook, is refused; ``findings`` holds everything that is wrong with it."""

    def __init__(self, message: str, findings: Sequence[Finding], *, place: Place | None = None) -> None:
        super().__init__(message, place=place)
        self.findings = tuple(findings)

    def __str__(self) -> str:
        """The message, then one line a finding."""
        return "\n".join([super().__str__(), *(f"  {finding}" for finding in self.findings)])


class UnknownTable(ForewarnError):
    """No table of that name is there; ``hint`` names the nearest."""


class DecisionError(ForewarnError):
    """A table could not decide. ``table`` is its name, ``rules`` the rules that take part, if any."""

    def __init__(
        self,
        message: str,
        *,
        table: str | None = None,
        rules: Sequence[str] = (),
        place: Place | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, place=place, hint=hint)
        self.table = table
        self.rules = tuple(rules)


class BadInput(DecisionError):
    """An input is missing, of the wrong type, null where null is not allowed, or not an allowed value."""

    def __init__(
        self,
        message: str,
        *,
        table: str | None = None,
        input: str | None = None,
        place: Place | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, table=table, place=place, hint=hint)
        self.input = input


class NoUniqueRule(DecisionError):
    """Two or more rules match under hit policy Unique."""


class ConflictingRules(DecisionError):
    """Rules match with different outputs under hit policy Any."""


class StoreUnusable(ForewarnError):
    """The database is not there, is none of ours, is of a newer version, stays locked, or cannot be written."""


class BadSettings(ForewarnError):
    """A setting in forewarn.toml, or an environment variable, is wrong."""


class BadPlugin(ForewarnError):
    """A plugin failed where the caller asked that this be fatal."""


class BadMessage(ForewarnError):
    """A message file is wrong or cannot be rendered."""


class BadRecord(ForewarnError):
    """A row of a file to load, or the fields of a record, are wrong; ``findings`` has each of them."""

    def __init__(
        self,
        message: str,
        findings: Sequence[Finding] = (),
        *,
        place: Place | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, place=place, hint=hint)
        self.findings = tuple(findings)


class NotFound(ForewarnError):
    """No record, message, sink or flow of that name."""


class Refused(ForewarnError):
    """An action is refused and nothing was changed."""

    exit_code = 1


class Conflict(ForewarnError):
    """The record was changed by somebody else meanwhile; nothing was changed."""

    exit_code = 1


class RulesUnavailable(ForewarnError):
    """Event rules cannot run: durable-rules cannot be imported, or its worker does not answer."""


@dataclass(slots=True)
class Findings:
    """Findings in the making: a list that knows whether any of them is an error."""

    items: list[Finding] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        """Append one finding."""
        self.items.append(finding)

    @property
    def refuse(self) -> bool:
        """Whether any finding is an error."""
        return any(finding.severity is Severity.ERROR for finding in self.items)
