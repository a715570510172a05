"""Correlate the facts of one key in this process: for tests, and for who uses the library alone.

A service uses `forewarn.rules.worker`: durable-rules can take its process down.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from forewarn.rules.compiler import compile_rules
from forewarn.rules.durable_adapter import RuleHost, UnsafeMessage
from forewarn.rules.facts import DeadLetter, Fact, Intent, SessionRefused
from forewarn.rules.intents import Firing, finish
from forewarn.rules.model import RuleSet
from forewarn.rules.session import Session, prepare


class Correlator:
    """A compiled rule set, loaded into this process.

    Raises BadTable where the rules go beyond the library's limits, RulesUnavailable where it cannot be imported.
    """

    def __init__(self, rule_set: RuleSet) -> None:
        self.compiled = compile_rules(rule_set)
        self._host = RuleHost(self.compiled.definitions)

    def correlate(self, key: str, facts: Iterable[Fact], tick: datetime) -> tuple[Intent, ...]:
        """What the rules want done about the facts of one key at ``tick`` (aware), in order of events and rules.

        Raises SessionRefused for facts that cannot be used.
        """
        session = prepare(self.compiled, key, facts, tick)
        try:
            return finish(session, self._fired(session))
        except UnsafeMessage as error:
            raise SessionRefused(DeadLetter(key, session.facts, str(error))) from error

    def _fired(self, session: Session) -> list[Firing]:
        return [firing for shard, messages in session.work for firing in self._host.run(shard, messages)]


def correlate(rule_set: RuleSet, key: str, facts: Iterable[Fact], tick: datetime) -> tuple[Intent, ...]:
    """Compile, load and correlate once; see `Correlator`."""
    return Correlator(rule_set).correlate(key, facts, tick)
