"""What plugin authors see: the protocols they implement and the frozen values they are handed.

A plugin implements hooks (`forewarn.plugins.hookspecs`) and returns objects that fit the protocols below.
Nothing here knows a store, a table or a site.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from forewarn.errors import Finding, Place, Severity


class RecordView(Mapping[str, Any]):
    """A record as it stands, read-only: fields by name, those the product does not know included."""

    __slots__ = ("_fields", "kind", "number")

    def __init__(self, kind: str, number: str, fields: Mapping[str, Any]) -> None:
        self.kind = kind
        self.number = number
        self._fields = dict(fields)

    def __getitem__(self, name: str) -> Any:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        return f"<{self.kind} {self.number}>"


class FlowContext(Protocol):
    """What a flow may do: read the incident and the decision that named the flow, and change records
    within the transaction that is open. Nothing leaves the machine inside a flow.
    """

    @property
    def incident(self) -> RecordView:
        """The incident as it stands in this transaction, after what the flow has changed so far."""

    @property
    def flow(self) -> str:
        """The name under which the table called this flow."""

    @property
    def decision(self) -> Mapping[str, Any]:
        """The outputs of the decision that named the flow, by heading."""

    @property
    def note(self) -> str | None:
        """The note that came with the escalation, if any."""

    @property
    def asked_by(self) -> str:
        """Who asked for the action."""

    @property
    def now(self) -> datetime:
        """The time of the transaction, aware, UTC."""

    def message(self, key: str, **values: Any) -> str:
        """The message file of that key, rendered for the incident; raises BadMessage or NotFound."""

    def work_note(self, text: str) -> None:
        """Post an internal work note on the incident."""

    def comment(self, text: str) -> None:
        """Post a comment on the incident that everybody who sees it may read."""

    def set(self, **fields: Any) -> None:
        """Change fields of the incident; each change becomes an activity entry."""

    def open_task(self, short_description: str, **fields: Any) -> str:
        """Open an incident task and return its number."""


Flow: TypeAlias = Callable[[FlowContext], None]


@dataclass(frozen=True, slots=True)
class Notification:
    """One message to one recipient, or one trouble ticket event. ``event_id`` is stable over repeats: sinks use it
    against doubles.

    ``address`` is where the recipient is reached (an e-mail address), where one is known; ``data`` is what
    a machine wants: record kind, numbers, account, incident. ``payload`` is the TMF688 event document of a trouble
    ticket event, and None for a customer's message; the ticket that an order is kept for is ``record``. ``topic`` is
    the topic of a message bus that was picked for it, where one was.
    """

    event_id: str
    event: str
    recipient: str
    subject: str
    body: str
    record: str
    created_at: datetime
    address: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    payload: Mapping[str, Any] | None = None
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class TicketEvent:
    """A trouble ticket event as it was staged (S3 "API Notification Management"): ``event`` is the name that the
    business rule stamped, ``record`` the number of the ticket, ``snapshot`` its fields as they stood then, by name.

    ``status`` is what its state means to others (TMF621: ``inProgress``, ``resolved``, …), where a table says so;
    ``attributes`` are the fields that changed; ``domain`` is the site's.
    """

    event_id: str
    event: str
    record_kind: str
    record: str
    at: datetime
    snapshot: Mapping[str, Any]
    status: str | None = None
    attributes: tuple[str, ...] = ()
    domain: str = ""


class Outcome(StrEnum):
    """What became of a delivery."""

    DELIVERED = "delivered"
    RETRY = "retry"
    REFUSED = "refused"
    NEEDS_CREDENTIALS = "needs credentials"


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """What one sink did with one notification; ``retry_after`` counts only with `Outcome.RETRY`."""

    event_id: str
    outcome: Outcome
    reason: str | None = None
    retry_after: timedelta | None = None


class Sink(Protocol):
    """Where notifications go. `deliver` answers for every notification of the batch, in any order.

    An exception counts as ``retry`` for the whole batch. Sinks run outside every transaction.
    """

    def deliver(self, batch: Sequence[Notification]) -> Sequence[DeliveryResult]:
        """Deliver the batch (at most some hundreds of notifications, in order)."""

    def close(self) -> None:
        """Let go of files and connections."""


@dataclass(frozen=True, slots=True)
class SinkSettings:
    """How a sink is configured: its name, the options of its ``[sinks.NAME]`` table, and the site's folder."""

    name: str
    options: Mapping[str, Any]
    site_root: Path


SinkFactory: TypeAlias = Callable[[SinkSettings], Sink]


class EventContext(Protocol):
    """What an event action may do: read the event and its incident, if there is one, and add to them within the
    transaction that is open. Nothing leaves the machine inside an event action.
    """

    @property
    def rule(self) -> str:
        """The id of the event rule that matched."""

    @property
    def values(self) -> Mapping[str, Any]:
        """What the rule's ``With`` cell gives."""

    @property
    def alert(self) -> RecordView | None:
        """The alert that the event is about, if any."""

    @property
    def incident(self) -> RecordView | None:
        """The incident that the alert opened or joined, as it stands in this transaction, if any."""

    @property
    def now(self) -> datetime:
        """The time of the transaction, aware, UTC."""

    def work_note(self, text: str) -> None:
        """Post an internal work note on the incident or, where there is none, on the alert."""

    def set(self, **fields: Any) -> None:
        """Change fields of the incident; raises BadRecord where there is none."""


EventAction: TypeAlias = Callable[[EventContext], None]


@dataclass(frozen=True, slots=True)
class CaseType:
    """A case type that a plugin adds: a word about it, and the fields that only its cases have."""

    about: str
    fields: tuple[str, ...] = ()


CellFunction: TypeAlias = Callable[..., Any]
"""A pure function over the values of cells: text, `Decimal`, bool, date, datetime, timedelta, tuples of these, None."""


Recipients: TypeAlias = Callable[[RecordView], Sequence[str]]
"""Which customers a record (a major case) concerns: the numbers of accounts and consumers, in any order."""


@dataclass(frozen=True, slots=True)
class RecordChange:
    """A record that a transaction changed: as it stands now, which fields changed (old and new text), and whether it
    is new. ``asked_by`` is who asked for the action.
    """

    record: RecordView
    changes: Mapping[str, tuple[str | None, str | None]]
    created: bool
    asked_by: str


class RecordObserver(Protocol):
    """Who wants to know of every change of a record. It sees values only and cannot change them.

    `before_commit` may raise `forewarn.errors.Refused`: then nothing of the transaction remains, and who asked is
    told why. Anything else that an observer raises is reported, and changes nothing.
    """

    def before_commit(self, changes: Sequence[RecordChange]) -> None:
        """All records that the transaction changed, before it is committed."""

    def after_commit(self, changes: Sequence[RecordChange]) -> None:
        """The same records, when the transaction is committed."""


@dataclass(frozen=True, slots=True)
class SpokeRequest:
    """Something that is to be posted to another system: a test run, or an event for a topic of a message bus.

    ``system`` is ``test system`` or ``message bus``; ``target`` names the test system or the topic; ``operation`` is
    what is wanted: ``run`` or ``change``; ``publish``, or ``create topic`` with ``partitions`` and ``replication`` as
    the payload. ``payload`` is the document; ``key`` is stable over repeats, of an event it is the event id.
    """

    system: str
    target: str
    operation: str
    payload: Mapping[str, Any]
    key: str
    record: RecordView | None = None


@dataclass(frozen=True, slots=True)
class SpokeAnswer:
    """What the other system answered; ``document`` is kept with the request. A failure is told as for sinks."""

    outcome: Outcome
    document: Mapping[str, Any] = field(default_factory=dict)
    reason: str | None = None
    retry_after: timedelta | None = None


class Spoke(Protocol):
    """Who talks to one other system; `post` runs outside every transaction and under a limit of time."""

    def post(self, request: SpokeRequest) -> SpokeAnswer:
        """Post the request; an exception counts as ``retry``."""


SpokeSelector: TypeAlias = Callable[[SpokeRequest], Spoke | None]


@dataclass(frozen=True, slots=True)
class CheckedRule:
    """A rule as a check sees it: its id, its row, and what stands in its cells by heading, in the cells' language."""

    id: str
    row: int | None
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CheckedTable:
    """A decision table as a check sees it. ``columns`` has the letter of each heading's column."""

    name: str
    hit_policy: str
    workbook: str
    sheet: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    columns: Mapping[str, str]
    rules: tuple[CheckedRule, ...]

    def finding(
        self,
        message: str,
        *,
        heading: str | None = None,
        rule: CheckedRule | None = None,
        severity: Severity = Severity.WARNING,
        hint: str | None = None,
    ) -> Finding:
        """A finding at the rule's cell under ``heading``; without rule at the heading, without both at the sheet.

        Its code is the name that the check is offered under.
        """
        letter = self.columns.get(heading or "", "A")
        row = 3 if rule is None else rule.row
        cell = f"{letter}{row}" if row is not None and (heading is not None or rule is not None) else None
        text = rule.cells.get(heading or "") if rule is not None else None
        place = Place(self.workbook, self.sheet, cell)
        return Finding("", severity, message, place, rule=rule.id if rule else None, text=text, hint=hint)


TableCheck: TypeAlias = Callable[[CheckedTable], Iterable[Finding]]
"""Looks at one table that can decide, and says what it finds (`CheckedTable.finding`)."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A drafted text, and how it was made, in words that an agent reads below it."""

    text: str
    made_by: str


Summarizer: TypeAlias = Callable[[Sequence[str]], Summary]
"""Draft a text from what stands in a record's stream, oldest first."""


@dataclass(frozen=True, slots=True)
class PluginInfo:
    """A plugin that was loaded: its name, distribution version and where it came from."""

    name: str
    version: str | None
    origin: str


@dataclass(frozen=True, slots=True)
class PluginFailure:
    """A plugin, or one hook of it, that failed and was left out."""

    name: str
    version: str | None
    reason: str
    origin: str

    def __str__(self) -> str:
        """One line for the operator: which plugin, its version, where it came from, and why."""
        version = f" {self.version}" if self.version else ""
        return f"plugin {self.name}{version} ({self.origin}): {self.reason}"


@dataclass(frozen=True, slots=True)
class InboundAlert:
    """One alert, clear or acknowledgement that a format found in a document, as product JSON.

    ``content`` has the product's fields: id, source, ci, parent_ci, name, alarm_type, severity, state (raised, cleared,
    acknowledged), time, short_description, description, category, subcategory; others are kept beside. Spellings are
    left as they came: the Aliases sheet maps them. ``exact``: the id is that of one occurrence, and alone tells repeats
    and what a clear ends. A part that cannot be taken has no content and a ``fault``.
    """

    content: Mapping[str, Any] | None
    exact: bool = False
    fault: str | None = None


class AlertFormat(Protocol):
    """A shape in which other systems send alerts. It sees one JSON object at a time and does nothing else."""

    def recognises(self, document: Mapping[str, Any]) -> bool:
        """Whether a document is of this format; asked of every document unless the caller names a format."""

    def read(self, document: Mapping[str, Any]) -> Sequence[InboundAlert]:
        """The alerts of a document, in order; raises `forewarn.errors.BadRecord` for one that cannot be read."""


@dataclass(frozen=True, slots=True)
class Extensions:
    """All that plugins contributed, as plain values: the engine calls only this, never the plugin manager.

    ``message_directories`` are searched first to last (nearest first); ``workbook_directories`` hold the
    workbooks that ``forewarn init`` copies into a site. ``notes`` say, a line each, what a nearer plugin replaced.
    """

    flows: Mapping[str, Flow]
    sinks: Mapping[str, SinkFactory]
    message_directories: tuple[Path, ...]
    workbook_directories: tuple[Path, ...]
    plugins: tuple[PluginInfo, ...] = ()
    failures: tuple[PluginFailure, ...] = ()
    notes: tuple[str, ...] = ()
    event_actions: Mapping[str, EventAction] = field(default_factory=dict)
    case_types: Mapping[str, CaseType] = field(default_factory=dict)
    cell_functions: Mapping[str, CellFunction] = field(default_factory=dict)
    recipients: Mapping[str, Recipients] = field(default_factory=dict)
    record_observers: tuple[RecordObserver, ...] = ()
    spoke_selectors: tuple[SpokeSelector, ...] = ()
    summaries: Mapping[str, Summarizer] = field(default_factory=dict)

    @property
    def fields_of_case_types(self) -> tuple[str, ...]:
        """The fields that cases of any plugin's case type have beside the common ones, each once."""
        return tuple(dict.fromkeys(name for one in self.case_types.values() for name in one.fields))

    alert_formats: Mapping[str, AlertFormat] = field(default_factory=dict)
    table_checks: Mapping[str, TableCheck] = field(default_factory=dict)
