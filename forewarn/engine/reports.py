"""What actions hand back: frozen values that a surface prints, each with what the store says at that time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

from forewarn.errors import Finding, Place
from forewarn.plugins.api import RecordView


class Progress(Protocol):
    """Called while an action goes on; ``total`` is None where it is not known beforehand."""

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """``done`` of ``total`` things of ``stage`` are through."""


class Reception(StrEnum):
    """What became of an alert that was handed in."""

    ACCEPTED = "accepted"
    REPEATED = "repeated"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class AlertResult:
    """What one alert did.

    ``line`` counts from 1 in what was handed in. ``incident`` is the incident that the alert opened
    (``opened`` true) or joined, or of which it is a repeat; ``cases`` counts the cases created;
    ``notes`` are things an operator should know (a decision error, a flow that failed, no CI).
    """

    line: int
    source: str
    event_id: str | None
    outcome: Reception
    reason: str | None = None
    alert: str | None = None
    incident: str | None = None
    opened: bool = False
    cases: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceiveReport:
    """What came of a batch of alerts, one result an alert, in their order."""

    results: tuple[AlertResult, ...]

    def count(self, outcome: Reception) -> int:
        """How many alerts had that outcome."""
        return sum(result.outcome is outcome for result in self.results)

    @property
    def changed_nothing(self) -> bool:
        """Whether every alert was a repeat or refused."""
        return self.count(Reception.ACCEPTED) == 0


@dataclass(frozen=True, slots=True)
class ActivityEntry:
    """One entry of a record's stream (A3). ``kind`` is field, comment, work note, email or system."""

    record: str
    at: datetime
    who: str
    kind: str
    field: str | None
    old: str | None
    new: str | None
    text: str | None


@dataclass(frozen=True, slots=True)
class ImpactedService:
    """A service that is down or degraded through the CI of a task."""

    number: str | None
    name: str
    service_class: str | None
    is_critical: bool
    effect: str
    origin: str


@dataclass(frozen=True, slots=True)
class AffectedCustomer:
    """An account or consumer that is affected, with the case that tells it so, if any.

    ``kind`` is account or consumer; ``install_base`` counts the affected items, ``critical_services`` the critical
    services behind them; ``reactive_cases`` the cases that the customer opened; ``origin`` is derived or manual.
    """

    kind: str
    number: str
    name: str
    contract_value: Decimal | None
    install_base: int
    origin: str
    case: str | None
    case_state: str | None
    contact: str | None
    critical_services: int = 0
    reactive_cases: int = 0


@dataclass(frozen=True, slots=True)
class RecordedDecision:
    """A decision from the audit: what was decided for a record, by which version of which table.

    ``inputs`` and ``outputs`` are by heading (``outputs`` a list of mappings under R, O and C).
    """

    record: str
    table: str
    version: str
    rules: tuple[str, ...]
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any] | Sequence[Mapping[str, Any]]
    diagnostics: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class ParkedStep:
    """A step that waits because a table could not decide it."""

    record: str
    step: str
    table: str
    rules: tuple[str, ...]
    reason: str
    parked_at: datetime
    attempts: int


@dataclass(frozen=True, slots=True)
class StagedNotification:
    """A notification as it is staged, with the outcome a sink (``waiting``, ``delivered``, ``retry``, …) so far.

    A trouble ticket event has no message and no recipient.
    """

    event_id: str
    event: str
    message: str | None
    recipient: str | None
    address: str | None
    record: str
    staged_at: datetime
    outcomes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AlertReport:
    """An alert with its stream."""

    alert: RecordView
    activity: tuple[ActivityEntry, ...]


@dataclass(frozen=True, slots=True)
class IncidentReport:
    """An incident and all that hangs on it."""

    incident: RecordView
    alerts: tuple[RecordView, ...]
    services: tuple[ImpactedService, ...]
    accounts: tuple[AffectedCustomer, ...]
    consumers: tuple[AffectedCustomer, ...]
    major_case: RecordView | None
    cases: tuple[RecordView, ...]
    tasks: tuple[RecordView, ...]
    activity: tuple[ActivityEntry, ...]
    decisions: tuple[RecordedDecision, ...]
    parked: tuple[ParkedStep, ...]


@dataclass(frozen=True, slots=True)
class CaseReport:
    """A case, its parent and children, its stream and its notifications."""

    case: RecordView
    parent: RecordView | None
    children: tuple[RecordView, ...]
    activity: tuple[ActivityEntry, ...]
    notifications: tuple[StagedNotification, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What an action did: the record as it stands now, counts, and remarks for whoever asked.

    ``changed`` is false where the action found everything done already.
    """

    record: RecordView
    changed: bool
    cases_created: int = 0
    cases_changed: int = 0
    notifications: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExplainedDecision:
    """A recorded decision and its explanation by the version that decided (printable by ``str``)."""

    decision: RecordedDecision
    explanation: Any


@dataclass(frozen=True, slots=True)
class RetryReport:
    """What deciding parked steps again did, by record and step."""

    settled: tuple[ParkedStep, ...]
    waiting: tuple[ParkedStep, ...]


@dataclass(frozen=True, slots=True)
class DeadEvent:
    """An event that the rules could not be run for, with the facts of its session.

    ``rule`` is the rule that waited for it, where it was its time; None where the event had just come. ``crashes``
    counts how often the worker died over it.
    """

    entry: int
    source: str
    event_id: str
    kind: str
    rule: str | None
    reason: str
    crashes: int
    attempts: int
    at: datetime
    facts: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class DeadEventsReport:
    """What showing dead letters to the rules again did."""

    settled: tuple[DeadEvent, ...]
    waiting: tuple[DeadEvent, ...]


@dataclass(frozen=True, slots=True)
class RuleFiring:
    """A rule that fired for an event of the journal, and when."""

    entry: int
    source: str
    event_id: str
    rule: str
    action: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TickReport:
    """What looking at the rules that were due did: how many waits were over, and which rules fired.

    ``waiting`` counts those that are not due yet, ``notes`` are things an operator should know.
    """

    done: int
    fired: tuple[RuleFiring, ...]
    waiting: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScenarioStep:
    """One row of a scenario: the rules that had to fire, those that did, and why the event was not taken, if so."""

    place: Place
    event: str
    after: timedelta
    expected: frozenset[str]
    fired: frozenset[str]
    fault: str | None = None

    @property
    def passed(self) -> bool:
        """Whether exactly the rules fired that had to."""
        return self.fault is None and self.expected == self.fired


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """A scenario, row by row."""

    name: str
    steps: tuple[ScenarioStep, ...]

    @property
    def passed(self) -> bool:
        """Whether every row passed."""
        return all(step.passed for step in self.steps)


@dataclass(frozen=True, slots=True)
class RuleTestReport:
    """What trying the scenarios of a site gave; ``findings`` are faults of the sheets themselves."""

    scenarios: tuple[ScenarioResult, ...]
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """Whether every scenario passed and every row could be read."""
        return not self.findings and all(one.passed for one in self.scenarios)


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """An event of the journal: what came, when, what came of it, and what the rules saw.

    ``raised_for`` is the entry for which a rule raised it.
    """

    entry: int
    source: str
    event_id: str
    kind: str
    at: datetime
    received_at: datetime
    result: str | None
    note: str | None
    alert: str | None
    incident: str | None
    raised_for: int | None
    attributes: Mapping[str, Any]
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TraceLine:
    """What one rule makes of an event: ``missing`` says what it wanted and did not have, each with its cell."""

    rule: str
    action: str
    fired: bool
    due_at: datetime | None
    missing: tuple[tuple[str, Place], ...]
    place: Place


@dataclass(frozen=True, slots=True)
class EventTrace:
    """An event, which rules have fired for it, and what each rule makes of it as things stand now.

    ``facts`` names the further facts that they looked at.
    """

    event: JournalEntry
    rules: tuple[TraceLine, ...]
    facts: tuple[str, ...]
    dead: tuple[DeadEvent, ...]


@dataclass(frozen=True, slots=True)
class ListedRule:
    """An event rule as ``forewarn rules list`` shows it."""

    rule: str
    event: str
    same: tuple[str, ...]
    count: int | None
    within: timedelta | None
    action: str
    waits: bool
    place: Place


@dataclass(frozen=True, slots=True)
class SinkReport:
    """What one sink did: counts by outcome, and the first reasons of those that were not delivered.

    ``failure`` tells why the sink could not be used at all; ``resting_until`` when it is tried again, after it
    failed several times in a row.
    """

    sink: str
    delivered: int = 0
    retry: int = 0
    refused: int = 0
    reasons: tuple[str, ...] = ()
    failure: str | None = None
    resting_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SinkState:
    """A sink as it is configured and as it is doing: what waits for it, what it refused, what was given up (``dead``).

    ``failures`` counts the calls in a row that failed, ``reason`` says why the last one did. It is ``off`` while its
    ``publisher`` is: nothing is queued for it, and what waits stays.
    """

    sink: str
    kind: str
    publisher: str | None
    off: bool
    waiting: int
    delivered: int
    refused: int
    dead: int
    failures: int
    reason: str | None
    resting_until: datetime | None


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What one round of delivery did, a sink a line; ``waiting`` counts what is still staged over all sinks."""

    sinks: tuple[SinkReport, ...]
    waiting: int

    @property
    def delivered(self) -> int:
        """How many deliveries succeeded, over all sinks."""
        return sum(sink.delivered for sink in self.sinks)


@dataclass(frozen=True, slots=True)
class SiteCheck:
    """Everything that is wrong with a site; an error among ``findings`` makes ``forewarn check`` exit 1."""

    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of a message bus. ``user_created``: it was made here, and is then made on the bus; else the bus
    registered it. ``synchronised_at`` is when the bus was found to have it, ``reason`` why it could not be made there.
    """

    name: str
    type: str
    user_created: bool
    header_query: str
    content_query: str
    description: str
    partitions: int
    replication: int
    created_by: str
    created_at: datetime
    synchronised_at: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class TopicReport:
    """Topics as they stand after an action; ``changed`` counts those that it added, changed, removed or made on a bus.

    ``failures`` say, a line a topic, what could not be done on the bus.
    """

    topics: tuple[Topic, ...]
    changed: int
    failures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PublisherState:
    """A publisher (``openMessageBus`` or ``hermes``): whether it is on, over which sinks, and if not, why not."""

    publisher: str
    on: bool
    sinks: tuple[str, ...]
    reason: str | None = None
