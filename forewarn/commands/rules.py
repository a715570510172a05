"""``forewarn rules``: list the event rules, try their scenarios, and see what they made of an event."""

from __future__ import annotations

from pathlib import Path

import click

from forewarn.commands.caller import Caller, needs_site, user_name
from forewarn.commands.findings import show_findings
from forewarn.commands.options import find_site, json_option, site_option
from forewarn.commands.rendering import Column, of, say, show_json, show_table, text_of, time_of
from forewarn.commands.teaching import TaughtGroup
from forewarn.engine.actions.rules import list_rules, run_rule_scenarios, trace_event
from forewarn.engine.reports import EventTrace, RuleTestReport, ScenarioStep, TraceLine


@click.group(cls=TaughtGroup, short_help="Try event rules, and see what they did.")
def rules() -> None:
    """Event rules say when something happens; they stand in rules/*.xlsx."""


@rules.command(
    "list",
    short_help="List the event rules that are live.",
    examples="""
        forewarn rules list
    """,
)
@json_option
@needs_site
def list_(caller: Caller, as_json: bool) -> None:
    """List the event rules that are live, in the order in which they are tried."""
    with caller.site() as site:
        found = list_rules(site)
    if as_json:
        show_json(found)
        return
    columns = (
        Column("Rule"),
        Column("Event"),
        Column("Same", folds=True),
        Column("Count", right=True),
        Column("Within"),
        Column("Do", folds=True),
        Column("Cell", folds=True),
    )
    rows = [
        (
            one.rule,
            one.event,
            ", ".join(one.same),
            one.count,
            "" if one.within is None else f"{one.within}{' (waits)' if one.waits else ''}",
            one.action,
            str(one.place),
        )
        for one in found
    ]
    show_table(columns, rows)


@rules.command(
    "test",
    short_help="Try the scenarios of the rule workbooks.",
    examples="""
        forewarn rules test
        forewarn rules test mysite --json
    """,
)
@click.argument("site_folder", metavar="[SITE]", required=False, type=click.Path(path_type=Path))
@site_option
@json_option
def test(site_folder: Path | None, site_root: Path | None, as_json: bool) -> None:
    """Try the scenarios of the rule workbooks on virtual time.

    A sheet Scenarios in a workbook of rules/ holds events with times, a row
    each, and the rules that must fire for it. Each scenario runs on the site's
    rules, tables and plugins, and on an empty store: nothing of the site
    changes. Exit 1 if other rules fire than the sheet says.
    """
    root = site_folder or site_root or find_site(Path.cwd())
    with Caller(root, user_name()).site() as site:
        report = run_rule_scenarios(site)
    if as_json:
        show_json({"passed": report.passed, "scenarios": report.scenarios, "findings": report.findings})
    else:
        _show_test(report)
    if not report.passed:
        click.get_current_context().exit(1)


def _show_test(report: RuleTestReport) -> None:
    show_findings(report.findings)
    for scenario in report.scenarios:
        say(f"{'ok    ' if scenario.passed else 'FAILED'} {scenario.name}")
        for step in scenario.steps:
            if not step.passed:
                say(f"         {step.place}: {_why(step)}")
    failed = sum(not one.passed for one in report.scenarios)
    say(f"{of(len(report.scenarios), 'scenario')}, {failed or 'none'} failed")


def _why(step: ScenarioStep) -> str:
    if step.fault is not None:
        return step.fault
    wanted, got = (", ".join(sorted(one)) or "none" for one in (step.expected, step.fired))
    return f"{step.event} at {step.after}: {wanted} must fire, {got} did"


@rules.command(
    "trace",
    short_help="Which rules an event touched, and what was missing.",
    examples="""
        forewarn rules trace ALERT0000001
        forewarn rules trace 17
    """,
)
@click.argument("event")
@json_option
@needs_site
def trace(caller: Caller, event: str, as_json: bool) -> None:
    """Say what each rule makes of EVENT, and what it misses.

    EVENT is its number in the journal (forewarn event list), the number of its
    alert, or the id that its source gave it. Rules that fired for it are marked;
    for the others the cell is named that asked for what was not there. Other
    events and incidents count as they stand now.
    """
    with caller.site() as site:
        traced = trace_event(site, event)
    if as_json:
        show_json(traced)
    else:
        _show_trace(traced)


def _show_trace(traced: EventTrace) -> None:
    event = traced.event
    came_of_it = f": {event.result}" if event.result else ""
    said = f" ({event.incident})" if event.incident else ""
    say(f"{event.entry} {event.kind} {event.event_id} of {event.source}, {time_of(event.at)}{came_of_it}{said}")
    if event.note:
        say(f"  {event.note}")
    for letter in traced.dead:
        say(f"  dead letter: {letter.reason}")
    if traced.facts:
        say(f"  beside it: {', '.join(traced.facts)}")
    columns = (Column("Rule"), Column("Do", folds=True), Column("Outcome"), Column("Missing", folds=True))
    show_table(columns, [(line.rule, line.action, _outcome(line), _missing(line)) for line in traced.rules])


def _outcome(line: TraceLine) -> str:
    if line.fired:
        return "fired"
    if line.due_at is not None:
        return f"due {time_of(line.due_at)}"
    return "did not fire" if line.missing else "holds, another rule won"


def _missing(line: TraceLine) -> str:
    return (
        "" if line.fired else "\n".join(f"{text_of(what)} [{place.sheet}!{place.cell}]" for what, place in line.missing)
    )
