"""``forewarn sinks``: how each sink is doing, trying one, and sending again what was given up."""

from __future__ import annotations

import sys
from contextlib import ExitStack, redirect_stdout

import click

from forewarn.commands.caller import Caller, needs_site
from forewarn.commands.options import json_option
from forewarn.commands.rendering import Column, of, say, show_json, show_table, time_of, warn
from forewarn.commands.teaching import TaughtGroup
from forewarn.engine.actions import delivery
from forewarn.plugins.api import Outcome


@click.group(cls=TaughtGroup, short_help="Where notifications go: list, try, send again.")
def sinks() -> None:
    """The sinks of forewarn.toml: what waits for each, and whether it works."""


@sinks.command(
    "list",
    short_help="List sinks, what waits, and which rest.",
    examples="""
        forewarn sinks list --json
    """,
)
@json_option
@needs_site
def list_(caller: Caller, as_json: bool) -> None:
    """List the sinks that are on, with what waits for each.

    A sink that failed several times in a row rests: it is tried again after
    a while, by itself. What it refused, and what was given up after many
    attempts, is sent again by: forewarn sinks replay NAME
    """
    with caller.site() as site:
        found = delivery.sinks(site)
    if as_json:
        show_json(found)
        return
    columns = (
        Column("Sink"),
        Column("Kind"),
        Column("Waiting", right=True),
        Column("Delivered", right=True),
        Column("Refused", right=True),
        Column("Given up", right=True),
        Column("State", folds=True),
    )
    rows = []
    for one in found:
        if one.off:
            state = f"off: the workbooks do not choose the publisher {one.publisher}"
        elif one.resting_until is not None:
            state = f"rests until {time_of(one.resting_until)}: {one.reason}"
        elif one.failures:
            state = f"failed {one.failures} times in a row: {one.reason}"
        else:
            state = "works" if one.delivered else ""
        rows.append((one.sink, one.kind, one.waiting, one.delivered, one.refused, one.dead, state))
    show_table(columns, rows)


@sinks.command(
    "test",
    short_help="Hand a sink one notification of a test.",
    examples="""
        forewarn sinks test mail --to noc@example.com
    """,
)
@click.argument("name", metavar="NAME")
@click.option("--to", "address", metavar="ADDRESS", help="The e-mail address of the test, for sinks that need one.")
@json_option
@needs_site
def test(caller: Caller, name: str, address: str | None, as_json: bool) -> None:
    """Hand the sink one notification that concerns nobody, and say what it answers.

    Exit 1 unless it was delivered.
    """
    with caller.site() as site, ExitStack() as stack:
        if as_json:
            stack.enter_context(redirect_stdout(sys.stderr))
        result = delivery.try_sink(site, name, address=address)
    if as_json:
        show_json(result)
    elif result.outcome is Outcome.DELIVERED:
        say(f"sink {name}: delivered")
    else:
        warn(f"sink {name}: {result.outcome.value}{f': {result.reason}' if result.reason else ''}")
    if result.outcome is not Outcome.DELIVERED:
        click.get_current_context().exit(1)


@sinks.command(
    "replay",
    short_help="Send again what was refused or given up.",
    examples="""
        forewarn sinks replay mail
    """,
)
@click.argument("name", metavar="NAME")
@json_option
@needs_site
def replay(caller: Caller, name: str, as_json: bool) -> None:
    """Let all that the sink refused, or that was given up, be due at once, and end its rest.

    The event ids stay, so that who got one already can tell.
    """
    with caller.site() as site:
        count = delivery.replay(site, delivery.Chosen(sink=name))
    if as_json:
        show_json({"sink": name, "due": count})
    else:
        say(f"sink {name}: {of(count, 'notification')} due again; send with: forewarn deliver")
