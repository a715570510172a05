"""Event rules: list them, try their scenarios, and see which of them an event touched; and the journal."""

from __future__ import annotations

from forewarn.engine import scenarios, tracing
from forewarn.engine.open_site import OpenSite
from forewarn.engine.reports import EventTrace, JournalEntry, ListedRule, RuleTestReport


def list_rules(site: OpenSite) -> tuple[ListedRule, ...]:
    """The event rules that are live, in the order in which they are tried."""
    return tuple(
        ListedRule(
            rule=rule.id,
            event=rule.event,
            same=rule.same,
            count=rule.count,
            within=rule.within,
            action=str(rule.action),
            waits=rule.waits,
            place=rule.place,
        )
        for rule in site.rulebook.rule_set.rules
    )


def run_rule_scenarios(site: OpenSite) -> RuleTestReport:
    """Try the scenarios of the site's ``Scenarios`` sheets on its rules, tables and plugins, on virtual time.

    Each runs on an empty store of its own: nothing of the site changes. Raises `RulesUnavailable` where event rules
    cannot run.
    """
    found, findings = scenarios.read_scenarios(site.rulebook.library.reserved_sheets)
    return RuleTestReport(tuple(scenarios.run_scenarios(site, found)) if found else (), tuple(findings))


def trace_event(site: OpenSite, event: str) -> EventTrace:
    """Which rules an event touched and what each of them misses, as the facts stand now.

    ``event`` is its number in the journal, its alert's number, or its source's id. Raises `NotFound`.
    """
    return tracing.trace_event(site, event)


def list_events(site: OpenSite, *, kind: str | None = None, limit: int | None = None) -> tuple[JournalEntry, ...]:
    """The journal, newest first: what came in and what rules raised."""
    with site.store.read() as txn:
        return tracing.entries(txn, kind=kind, limit=limit)


def show_event(site: OpenSite, event: str) -> JournalEntry:
    """One event of the journal, as `trace_event` finds it; raises `NotFound`."""
    with site.store.read() as txn:
        return tracing.find(txn, event)
