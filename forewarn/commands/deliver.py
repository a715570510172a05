"""``forewarn deliver``: hand waiting notifications to the sinks, and look after their queues."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack, redirect_stdout
from pathlib import Path
from typing import Any

import click

from forewarn.commands.caller import Caller, needs_site, user_name
from forewarn.commands.options import as_option, find_site, json_option, site_option
from forewarn.commands.progress import progress_bar
from forewarn.commands.rendering import Column, heading, of, say, show_json, show_table, time_of, warn
from forewarn.commands.teaching import TaughtGroup
from forewarn.engine.actions import delivery
from forewarn.engine.actions.delivery import Chosen
from forewarn.engine.delivery_reports import QueueState
from forewarn.engine.reports import DeliveryReport


@click.group(
    cls=TaughtGroup,
    invoke_without_command=True,
    short_help="Send the notifications that are waiting.",
    examples="""
        forewarn deliver
        forewarn deliver status
    """,
)
@json_option
@site_option
@as_option
@click.pass_context
def deliver(context: click.Context, as_json: bool, site_root: Path | None, asked_by: str | None) -> None:
    """Hand every notification that is waiting, and due, to every sink.

    The sinks stand in forewarn.toml. What a sink could not take is tried
    again at the next call, a little later each time; what it refused is not.
    Exit 1 if a sink could not be used. To do so all the time: forewarn work
    """
    if context.invoked_subcommand is not None:
        # What stands before its name counts for the verb too.
        given = {"as_json": as_json or None, "site_root": site_root, "asked_by": asked_by}
        told = {name: value for name, value in given.items() if value is not None}
        context.default_map = {context.invoked_subcommand: told}
        return
    caller = Caller(site_root if site_root is not None else find_site(Path.cwd()), asked_by or user_name())
    with caller.site() as site, ExitStack() as stack:
        if as_json:
            # The console sink writes to standard output, which belongs to the JSON document alone.
            stack.enter_context(redirect_stdout(sys.stderr))
        report = delivery.deliver(site, progress=stack.enter_context(progress_bar()))
    if as_json:
        show_json(report)
    else:
        show_delivery(report)
    if any(sink.failure for sink in report.sinks):
        context.exit(1)


def show_delivery(report: DeliveryReport) -> None:
    """Print a line a sink that had something to do, and what is still waiting."""
    for sink in report.sinks:
        counts = [
            (sink.delivered, "delivered"),
            (sink.retry, "to be tried again"),
            (sink.refused, "refused"),
        ]
        told = ", ".join(f"{count:,} {what}" for count, what in counts if count)
        if told:
            say(f"sink {sink.sink}: {told}")
        if sink.failure:
            warn(f"sink {sink.sink}: {sink.failure}")
        for reason in sink.reasons:
            warn(f"sink {sink.sink}: {reason}")
    say(f"{of(report.delivered, 'delivery', 'deliveries')} made, {report.waiting:,} waiting")


def _which(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a verb the options that say which notifications it means."""
    for option in (
        click.option("--event", "events", metavar="ID", multiple=True, help="This event id only; may be repeated."),
        click.option("--ticket", "tickets", metavar="NUMBER", multiple=True, help="This case or incident only."),
        click.option("--sink", metavar="NAME", help="This sink only."),
    ):
        command = option(command)
    return command


@deliver.command(
    "status",
    short_help="How much waits where, and what was given up.",
    examples="""
        forewarn deliver status
        forewarn deliver status --ticket CS0000042 --json
    """,
)
@_which
@click.option("--limit", default=100, show_default=True, help="List at most so many.")
@json_option
@needs_site
def status(caller: Caller, as_json: bool, sink: str | None, limit: int, **named: tuple[str, ...]) -> None:
    """Show the queue of each sink, and the notifications that were given up.

    With --ticket or --event, all that is staged for them, whatever became of
    it. An event id is the one that the sink was handed.
    """
    with caller.site() as site:
        report = delivery.queue(site, Chosen(sink=sink, **named), limit=limit)
    if as_json:
        show_json(report)
        return
    show_queues(report.queues)
    if not report.letters:
        return
    heading("Notifications" if any(named.values()) else "Given up")
    columns = (
        Column("Event id", folds=True),
        Column("Event", folds=True),
        Column("Ticket"),
        Column("Sink"),
        Column("Outcome"),
        Column("Tries", right=True),
        Column("Reason", folds=True),
    )
    show_table(
        columns,
        [
            (one.event_id, one.event, one.ticket, one.sink, one.outcome, one.attempts, one.reason or "")
            for one in report.letters
        ],
    )


def show_queues(queues: tuple[QueueState, ...]) -> None:
    """Print a line a sink."""
    columns = (
        Column("Sink"),
        Column("Waiting", right=True),
        Column("Due", right=True),
        Column("Held", right=True),
        Column("Tried", right=True),
        Column("Given up", right=True),
        Column("Skipped", right=True),
        Column("Oldest", folds=True),
        Column("Health", folds=True),
    )
    rows = []
    for one in queues:
        if one.resting_until is not None:
            health = f"rests until {time_of(one.resting_until)}: {one.reason}"
        elif one.failures:
            health = f"failed {of(one.failures, 'time')} in a row: {one.reason}"
        else:
            health = "well"
        oldest = time_of(one.oldest) if one.oldest else ""
        counts = (one.waiting, one.due, one.held, one.retry, one.given_up, one.skipped)
        rows.append((one.sink, *counts, oldest, health))
    show_table(columns, rows)


@deliver.command(
    "retry",
    short_help="Try at once what waits for its next attempt.",
    examples="""
        forewarn deliver retry --sink mail
    """,
)
@_which
@json_option
@needs_site
def retry(caller: Caller, as_json: bool, sink: str | None, **named: tuple[str, ...]) -> None:
    """Let what a sink could not take be due now, and end the rest of the sink.

    It goes out at the next: forewarn deliver
    """
    with caller.site() as site:
        count = delivery.retry(site, Chosen(sink=sink, **named))
    _say_due(count, as_json)


@deliver.command(
    "replay",
    short_help="Send again what was refused, given up or skipped.",
    examples="""
        forewarn deliver replay --sink mail
        forewarn deliver replay --ticket INC0000007 --delivered
    """,
)
@_which
@click.option("--delivered", is_flag=True, help="What was delivered too; needs --ticket or --event.")
@json_option
@needs_site
def replay(caller: Caller, as_json: bool, sink: str | None, delivered: bool, **named: tuple[str, ...]) -> None:
    """Let what was refused, given up or skipped be due again.

    The event ids stay, so that who got one already can tell. It goes out at
    the next: forewarn deliver
    """
    with caller.site() as site:
        count = delivery.replay(site, Chosen(sink=sink, **named), delivered=delivered)
    _say_due(count, as_json)


@deliver.command(
    "skip",
    short_help="Leave out a notification that holds up its ticket.",
    examples="""
        forewarn deliver skip --ticket CS0000042 --sink mail
    """,
)
@_which
@json_option
@needs_site
def skip(caller: Caller, as_json: bool, sink: str | None, **named: tuple[str, ...]) -> None:
    """Leave out what waits or was given up: it is not delivered.

    What comes later of the same ticket goes on. Needs --ticket or --event; to
    take it back: forewarn deliver replay
    """
    with caller.site() as site:
        count = delivery.skip(site, Chosen(sink=sink, **named), asked_by=caller.asked_by)
    if as_json:
        show_json({"skipped": count})
    else:
        say(f"{of(count, 'notification')} skipped")


def _say_due(count: int, as_json: bool) -> None:
    if as_json:
        show_json({"due": count})
    else:
        say(f"{of(count, 'notification')} due; send with: forewarn deliver")
