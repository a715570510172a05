"""An event rule sheet after parsing: rules with patterns over facts, actions and the values that they fill."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any

from forewarn.decision_tables.syntax import Test
from forewarn.decision_tables.values import Type, Value
from forewarn.errors import Place


class ActionKind(StrEnum):
    """What a ``Do`` cell can say."""

    OPEN_INCIDENT = "open incident"
    ADD_TO_INCIDENT = "add to incident"
    REOPEN_INCIDENT = "reopen incident"
    ESCALATE_INCIDENT = "escalate incident"
    IGNORE = "ignore"
    RAISE_EVENT = "raise event"
    DECIDE = "decide"
    RUN_FLOW = "run"
    NOTIFY = "notify"


_EXCLUSIVE = frozenset(
    {ActionKind.OPEN_INCIDENT, ActionKind.ADD_TO_INCIDENT, ActionKind.REOPEN_INCIDENT, ActionKind.IGNORE}
)


@dataclass(frozen=True, slots=True)
class Action:
    """A ``Do`` cell: its kind, and the event, table, flow or notification that it names."""

    kind: ActionKind
    target: str | None = None

    @property
    def exclusive(self) -> bool:
        """Whether an event gets at most one of these: open, add to and reopen incident, ignore."""
        return self.kind in _EXCLUSIVE

    def __str__(self) -> str:
        """As a cell writes it: ``raise event link storm``."""
        return self.kind.value if self.target is None else f"{self.kind.value} {self.target}"


@dataclass(frozen=True, slots=True)
class AttributeTest:
    """A test of one attribute of a fact; ``heading`` is the column's, ``place`` the cell."""

    attribute: str
    type: Type
    test: Test
    heading: str
    place: Place


@dataclass(frozen=True, slots=True)
class Pattern:
    """A further fact of the same key: its kind and what it must satisfy.

    ``is_event`` tells an event, which the rule's window bounds, from a record, which counts as it stands.
    """

    kind: str
    tests: tuple[AttributeTest, ...]
    is_event: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Placeholder:
    """``{alert.ci}`` in a ``With`` cell: an attribute of the event, or of a fact of an ``And`` column."""

    kind: str
    attribute: str


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A ``With`` cell: the field it fills, and its text in parts."""

    field: str
    parts: tuple[str | Placeholder, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class EventRule:
    """One row of an event rule sheet.

    ``same`` are the attributes that facts must share with the event; ``count`` events like it within ``within``
    are needed; ``also`` must hold, ``without`` must not. Bounds of effect are half-open, ``None`` is open.
    """

    id: str
    event: str
    tests: tuple[AttributeTest, ...]
    action: Action
    same: tuple[str, ...] = ()
    count: int | None = None
    within: timedelta | None = None
    also: tuple[Pattern, ...] = ()
    without: tuple[Pattern, ...] = ()
    values: tuple[FieldValue, ...] = ()
    effective_from: datetime | None = None
    effective_to: datetime | None = None
    place: Place = Place()

    @property
    def waits(self) -> bool:
        """Whether the rule fires only when its time has passed: an event must have stayed away for ``within``."""
        return self.within is not None and any(pattern.is_event for pattern in self.without)


@dataclass(frozen=True)
class RuleSet:
    """Event rules in order of priority, from one or several sheets.

    ``properties`` are those that the rules' cells name, with their values.
    """

    name: str
    rules: tuple[EventRule, ...]
    properties: tuple[tuple[str, Value], ...] = ()

    @cached_property
    def version(self) -> str:
        """SHA-256 (hex) of the rules as they decide: where they stand in a file and their notes do not count."""
        content = [[_plain(rule) for rule in self.rules], _plain(self.properties)]
        text = json.dumps(content, ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(text.encode("ascii")).hexdigest()

    @cached_property
    def scope(self) -> Mapping[str, Value]:
        """The properties by the names that cells call them."""
        return {f"property.{name}": value for name, value in self.properties}

    @cached_property
    def correlation_keys(self) -> tuple[tuple[str, ...], ...]:
        """The attributes by which rules look for further facts, in order of first use, e.g. ``(("ci",),)``."""
        return tuple(dict.fromkeys(rule.same for rule in self.rules if rule.same))

    @cached_property
    def longest_window(self) -> timedelta:
        """How far back from an event (and forward) other events can matter; zero where no rule has a window."""
        return max((rule.within for rule in self.rules if rule.within is not None), default=timedelta(0))

    @cached_property
    def kinds(self) -> frozenset[str]:
        """Every kind of fact that a rule looks at."""
        return frozenset(kind for rule in self.rules for kind in _kinds(rule))


def _kinds(rule: EventRule) -> Iterator[str]:
    yield rule.event
    for pattern in (*rule.also, *rule.without):
        yield pattern.kind


def rule_content(rule: EventRule) -> str:
    """The rule's content without its id, in a form that is the same on every run: what a missing id is made from."""
    content = {name: value for name, value in _plain(rule).items() if name != "id"}
    return json.dumps(content, ensure_ascii=True, separators=(",", ":"))


def _plain(node: Any) -> Any:
    """A node of the tree as JSON values, with the names of classes, without places and headings."""
    if is_dataclass(node) and not isinstance(node, type):
        kept = {item.name: _plain(getattr(node, item.name)) for item in fields(node) if item.name not in _PROVENANCE}
        return {"": type(node).__name__, **kept}
    if isinstance(node, tuple):
        return [_plain(item) for item in node]
    if node is None or isinstance(node, (bool, int)):
        return node
    if isinstance(node, str):
        return str(node)
    if isinstance(node, Decimal):
        return {"": "number", "value": str(node.normalize())}
    if isinstance(node, timedelta):
        return {"": "duration", "value": [node.days, node.seconds, node.microseconds]}
    if isinstance(node, (datetime, date, time)):
        return {"": type(node).__name__, "value": node.isoformat()}
    raise TypeError(f"{type(node).__name__} has no place in an event rule")


_PROVENANCE = frozenset({"place", "heading"})
