"""What the event rules say about an event: its facts are read from the store, the rules run in their worker."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from types import TracebackType
from typing import Self

from sqlalchemy import insert, select

from forewarn.decision_tables.values import Value
from forewarn.engine.open_site import OpenSite
from forewarn.engine.receiving.facts import FactReader, enter_keys, learn_keys
from forewarn.engine.receiving.happening import Happening
from forewarn.engine.schema.deciding import due_times
from forewarn.engine.work import Work
from forewarn.rules.facts import Intent
from forewarn.rules.model import EventRule, RuleSet
from forewarn.rules.needs import UNBOUNDED
from forewarn.rules.worker import RuleWorker

CAP = "event_storm_cap"
"""The property that says about how many events of one correlation key the rules are asked."""

_CAP = 500
_MOST = 4_000
"""What a session of the rules bears, with room for incidents."""


class Correlator:
    """The event rules of a site while alerts come in; a context manager, because a worker process stands behind it.

    ``worker`` runs the rules: one that is running already and is left running, or a new one. Entering raises
    `RulesUnavailable` where durable-rules cannot be imported, `BadTable` where it does not bear the rules.
    """

    def __init__(self, site: OpenSite, worker: RuleWorker | None = None) -> None:
        self._worker = worker or RuleWorker(site.rulebook.rule_set)
        self._own = worker is None
        self._facts = FactReader(storm_cap(site.rulebook.library.properties.get(CAP)))
        self._rules = {rule.id: rule for rule in self._worker.rule_set.rules}
        self._knows_keys = False

    def __enter__(self) -> Self:
        if self._own:
            self._worker.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._own:
            self._worker.__exit__(kind, error, trace)

    @property
    def rule_set(self) -> RuleSet:
        """The rules that are in force."""
        return self._worker.rule_set

    def swap(self, rule_set: RuleSet) -> None:
        """Put other rules in force from the next event on; where they cannot be run, raises and the old ones stay."""
        self._worker.swap(rule_set)
        self._rules = {rule.id: rule for rule in rule_set.rules}
        self._knows_keys = False

    def rule(self, identity: str) -> EventRule | None:
        """The rule of that id, if the rules in force have it."""
        return self._rules.get(identity)

    def enter(self, work: Work, happening: Happening) -> None:
        """Let an event be found by later ones, and the first time earlier events by keys that are new."""
        keys = self.rule_set.correlation_keys
        if not self._knows_keys:
            reach = max(self.rule_set.longest_window, UNBOUNDED) * 2
            learn_keys(work, keys, since=min(work.now, happening.at) - reach, but=happening.entry)
            self._knows_keys = True
        enter_keys(
            work,
            keys,
            entry=happening.entry,
            kind=happening.kind,
            at=happening.at,
            attributes=happening.attributes,
        )

    def correlate(self, work: Work, happening: Happening) -> tuple[Intent, ...]:
        """What the rules want done about an event that has just come; rules that wait for it are noted as due.

        Raises `Storm` where too many events share something with it, `SessionRefused` where the rules cannot be run.
        """
        return self._correlate(work, happening, again=False)

    def correlate_again(self, work: Work, happening: Happening) -> tuple[Intent, ...]:
        """The same for an event that the rules could not be run for when it came."""
        return self._correlate(work, happening, again=True)

    def _correlate(self, work: Work, happening: Happening, *, again: bool) -> tuple[Intent, ...]:
        fact = happening.fact(fresh=True)
        needs = self._worker.needs(fact)
        if not needs.touched:
            return ()
        if needs.waits:
            _wait(work, happening, needs.waits, again=again)
        further = self._facts.further(work, happening.entry, fact, needs.windows, happening.at)
        intents = self._worker.correlate(f"event {happening.entry}", (fact, *further), work.now)
        return tuple(intent for intent in intents if not self._rules[intent.rule].waits)

    def due(self, work: Work, happening: Happening, rule: str, tick: datetime) -> tuple[Intent, ...]:
        """What one rule that waited for an event wants done at its time; raises as `correlate` does."""
        fact = happening.fact(fresh=False)
        windows = self._worker.needs(fact).windows
        further = self._facts.further(work, happening.entry, fact, windows, tick)
        intents = self._worker.correlate(f"event {happening.entry}", (fact, *further), tick)
        return tuple(intent for intent in intents if intent.rule == rule and intent.event == fact.id)


def _wait(work: Work, happening: Happening, waits: Iterable[tuple[str, datetime]], *, again: bool) -> None:
    """Note when rules must look at an event again.

    A wait does not begin before the event was received: who must answer could not know of it earlier.
    """
    known: set[str] = set()
    if again:
        known = set(work.txn.execute(select(due_times.c.rule).where(due_times.c.entry == happening.entry)).scalars())
    late = max((happening.received_at or work.now) - happening.at, timedelta(0))
    rows = [
        {"entry": happening.entry, "rule": rule, "due_at": due + late, "done_at": None}
        for rule, due in waits
        if rule not in known
    ]
    if rows:
        work.txn.execute(insert(due_times), rows)


def storm_cap(value: Value) -> int:
    """The property as a whole number of at least 2; the default where it is none."""
    return max(2, min(int(value), _MOST)) if isinstance(value, Decimal) else _CAP
