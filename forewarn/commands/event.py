"""``forewarn event``: the journal of events, what is due, and what was held up."""

from __future__ import annotations

import click

from forewarn.commands.caller import Caller, needs_site
from forewarn.commands.options import json_option
from forewarn.commands.progress import progress_bar
from forewarn.commands.records import limit_option
from forewarn.commands.rendering import Column, of, say, show_fields, show_json, show_table, time_of
from forewarn.commands.teaching import TaughtGroup
from forewarn.engine.actions.alerts import retry_parked
from forewarn.engine.actions.rules import list_events, show_event
from forewarn.engine.actions.timers import list_dead_letters, retry_dead_letters, run_due
from forewarn.engine.reports import DeadEvent, ParkedStep, TickReport


@click.group(cls=TaughtGroup, short_help="The journal of events: read it, tick, try again.")
def event() -> None:
    """Every alert, clear and acknowledgement that came in, and what rules raised."""


@event.command(
    "list",
    short_help="List the journal, newest first.",
    examples="""
        forewarn event list --limit 20
        forewarn event list --kind clear
    """,
)
@click.option("--kind", metavar="KIND", help="Events of one kind alone: alert, clear, or what a rule raises.")
@limit_option
@json_option
@needs_site
def list_(caller: Caller, kind: str | None, limit: int | None, as_json: bool) -> None:
    """List the journal, newest first: what came in, and what came of it."""
    with caller.site() as site:
        found = list_events(site, kind=kind, limit=limit)
    if as_json:
        show_json(found)
        return
    if not found:
        say("none")
        return
    columns = (
        Column("Event", right=True),
        Column("Kind"),
        Column("Time", style="dim"),
        Column("Source", folds=True),
        Column("Id", folds=True),
        Column("Result"),
        Column("Incident"),
    )
    rows = [(one.entry, one.kind, time_of(one.at), one.source, one.event_id, one.result, one.incident) for one in found]
    show_table(columns, rows)


@event.command(
    "show",
    short_help="Show one event as it came in.",
    examples="""
        forewarn event show ALERT0000001
        forewarn event show 17 --json
    """,
)
@click.argument("event", metavar="EVENT")
@json_option
@needs_site
def show(caller: Caller, event: str, as_json: bool) -> None:
    """Show one event as it came in, and what came of it.

    EVENT is its number in the journal, the number of its alert, or the id that
    its source gave it. What rules made of it: forewarn rules trace EVENT.
    """
    with caller.site() as site:
        found = show_event(site, event)
    if as_json:
        show_json(found)
        return
    names = ("entry", "kind", "source", "event_id", "at", "received_at", "result", "alert", "incident", "raised_for")
    pairs = [(name.replace("_", " "), getattr(found, name)) for name in (*names, "note")]
    show_fields([*pairs, *((f"content {name}", value) for name, value in found.content.items())])


@event.command(
    "tick",
    short_help="Look at the rules whose time has passed.",
    examples="""
        forewarn event tick
    """,
)
@json_option
@needs_site
def tick(caller: Caller, as_json: bool) -> None:
    """Look at the rules that waited for an event to stay away.

    A rule such as "no acknowledgement within 15 minutes" fires when its time
    has passed; this looks at all that are due, and so does forewarn run at its
    end. Run it every minute, from cron or a timer.
    """
    with caller.site() as site, progress_bar() as progress:
        report = run_due(site, asked_by=caller.asked_by, progress=progress)
    if as_json:
        show_json(report)
    else:
        show_tick(report)


def show_tick(report: TickReport) -> None:
    """Print what looking at due rules did."""
    for firing in report.fired:
        say(f"rule {firing.rule} fired for event {firing.entry}: {firing.action}")
    for note in report.notes:
        say(note)
    say(f"{of(report.done, 'wait')} over, {of(len(report.fired), 'rule')} fired, {report.waiting:,} still waiting")


@event.command(
    "dead-letters",
    short_help="List events that the rules could not be run for.",
    examples="""
        forewarn event dead-letters
    """,
)
@json_option
@needs_site
def dead_letters(caller: Caller, as_json: bool) -> None:
    """List the events that the rules could not be run for, and why.

    Each is kept with the facts that it was looked at with (--json shows them),
    until forewarn event retry has shown it to the rules. An alert among them
    has an incident all the same: that of its CI, or one of its own.
    """
    with caller.site() as site:
        found = list_dead_letters(site)
    if as_json:
        show_json(found)
    elif found:
        show_dead(found)
    else:
        say("none")


def show_dead(letters: tuple[DeadEvent, ...], *, title: str | None = None) -> None:
    """Print dead letters with the reason."""
    columns = (
        Column("Event", right=True),
        Column("Kind"),
        Column("Source", folds=True),
        Column("Rule"),
        Column("Reason", folds=True),
        Column("Attempts", right=True),
    )
    rows = [(one.entry, one.kind, one.source, one.rule, one.reason, one.attempts) for one in letters]
    show_table(columns, rows, title=title)


@event.command(
    "retry",
    short_help="Decide again what was held up.",
    examples="""
        forewarn event retry
        forewarn event retry INC0000007
    """,
)
@click.argument("incident", metavar="[INC]", required=False)
@json_option
@needs_site
def retry(caller: Caller, incident: str | None, as_json: bool) -> None:
    """Decide again what was held up, with the workbooks as they are now.

    A step is parked where its table could not decide: two rules matched
    under Unique, say. An event is a dead letter where the event rules could
    not be run for it. Mend the workbook, then retry; of one incident with
    INC, its steps alone. Exit 1 if anything still waits.
    """
    with caller.site() as site:
        report = retry_parked(site, asked_by=caller.asked_by, incident=incident)
        dead = retry_dead_letters(site, asked_by=caller.asked_by) if incident is None else None
    if as_json:
        show_json({"settled": report.settled, "waiting": report.waiting, "dead_letters": dead})
    else:
        say(f"{of(len(report.settled), 'step')} settled, {of(len(report.waiting), 'step')} still waiting")
        if report.settled:
            show_parked(report.settled, title="Settled")
        if report.waiting:
            show_parked(report.waiting, title="Still waiting")
        if dead is not None and (dead.settled or dead.waiting):
            say(f"{of(len(dead.settled), 'dead letter')} settled, {of(len(dead.waiting), 'dead letter')} still waiting")
            if dead.waiting:
                show_dead(dead.waiting)
    if report.waiting or (dead is not None and dead.waiting):
        click.get_current_context().exit(1)


def show_parked(steps: tuple[ParkedStep, ...], *, title: str) -> None:
    """Print parked steps with the table and the reason."""
    columns = (
        Column("Record"),
        Column("Step"),
        Column("Table"),
        Column("Reason", folds=True),
        Column("Attempts", right=True),
    )
    rows = [(step.record, step.step, step.table, step.reason, step.attempts) for step in steps]
    show_table(columns, rows, title=title)
